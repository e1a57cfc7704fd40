//go:build !race && linux && (amd64 || arm64)

package isolate

// nineTake is what nine programs take for themselves.
const nineTake = 60 << 20
