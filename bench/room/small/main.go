// Command small is what a small program that uses isolate as a library costs: it
// links nothing else. bench/room builds and starts it.
package main

import (
	"secgpt/bench/room/ask"
	"secgpt/isolate"
)

func main() {
	isolate.Main()
	ask.Main()
}
