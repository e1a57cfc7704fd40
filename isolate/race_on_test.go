//go:build race && linux && (amd64 || arm64)

package isolate

// nineTake is what nine programs take for themselves, with the race detector's shadow.
const nineTake = 500 << 20
