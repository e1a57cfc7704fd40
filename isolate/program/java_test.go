package program

import (
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/isolate/roomtest"
)

// Java takes the room for its machine, not the machine: else it dies at the room's
// bound, or is the first to be ended when memory is short.
func TestJavaTakesTheRoomForItsMachine(t *testing.T) {
	_, env := home(t, "JAVA_TOOL_OPTIONS=-Dpassword=secret")
	if _, err := Find([]string{"java"}, env); err != nil {
		roomtest.Missing(t, "no Java here")
	}
	p := find(t, env, "java", "-XX:+PrintFlagsFinal", "-version")
	require.Contains(t, p.Env, "JAVA_TOOL_OPTIONS=-XX:MaxRAM=512m", "and nothing that the person has there")
	require.Regexp(t, `MaxRAM += 536870912 `, inRoom(t, p))
	require.NotContains(t, find(t, env, "sh").Env, javaMemory)
}
