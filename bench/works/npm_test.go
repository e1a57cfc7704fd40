//go:build linux && (amd64 || arm64)

package works

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"secgpt/isolate"
)

// nodeServer is a room for one of the packages.
func nodeServer(t *testing.T, name, data string, arguments ...string) isolate.Spec {
	t.Helper()
	bin := filepath.Join(installNPM(t), "node_modules", ".bin", "mcp-"+name)
	s := spec(t, data, append([]string{bin}, arguments...)...)
	s.Name = name
	return s
}

func noteNPM(t *testing.T, name, tried string) {
	note(true, name, version(t, npmPackages, "@modelcontextprotocol/"+name, "@"), tried)
}

func TestFilesystemServer(t *testing.T) {
	home := folder(t)
	at := func(name string) string { return filepath.Join(home, name) }
	s := nodeServer(t, "server-filesystem", folder(t), home)
	s.Files = append(s.Files, isolate.Grant{Path: home, Write: true})
	c := connect(t, s)
	tried := c.walk([]step{
		{tool: "list_allowed_directories", want: []string{home}},
		{tool: "create_directory", args: args{"path": at("a/b")}},
		{tool: "write_file", args: args{"path": at("a/one.txt"), "content": "first\nsecond\nthird\n"}},
		{tool: "read_text_file", args: args{"path": at("a/one.txt"), "tail": 2}, want: []string{"third"}},
		{tool: "edit_file", args: args{"path": at("a/one.txt"), "edits": []args{{"oldText": "second", "newText": "2nd"}}}, want: []string{"-second", "+2nd"}},
		{tool: "edit_file", args: args{"path": at("a/one.txt"), "edits": []args{{"oldText": "none such", "newText": ""}}}, fail: true},
		{tool: "move_file", args: args{"source": at("a/one.txt"), "destination": at("a/b/two.txt")}},
		{tool: "write_file", args: args{"path": at("picture.png"), "content": "not much of one"}},
		{tool: "read_media_file", args: args{"path": at("picture.png")}},
		{tool: "read_multiple_files", args: args{"paths": []string{at("a/b/two.txt"), at("missing")}}, want: []string{"2nd", "ENOENT"}},
		{tool: "search_files", args: args{"path": home, "pattern": "**/*.txt"}, want: []string{at("a/b/two.txt")}},
		{tool: "directory_tree", args: args{"path": home}, want: []string{`"two.txt"`, `"directory"`}},
		{tool: "list_directory", args: args{"path": home}, want: []string{"[DIR] a", "[FILE] picture.png"}},
		{tool: "list_directory_with_sizes", args: args{"path": at("a/b")}, want: []string{"1 files"}},
		{tool: "get_file_info", args: args{"path": at("a/b/two.txt")}, want: []string{"size: 16", "isFile: true"}},
		{tool: "read_text_file", args: args{"path": "/etc/passwd"}, want: []string{"outside allowed"}, fail: true},
		{tool: "write_file", args: args{"path": filepath.Dir(home) + "/beside", "content": ""}, fail: true},
	})
	text, err := os.ReadFile(at("a/b/two.txt"))
	require.NoError(t, err)
	require.Equal(t, "first\n2nd\nthird\n", string(text), "what the person has")
	require.NoFileExists(t, at("a/one.txt"))
	c.leave()
	noteNPM(t, "server-filesystem", tried)
}

// A server that is told of a folder which the room has not got can't open it.
func TestFilesystemServerOutside(t *testing.T) {
	home, secret := folder(t), folder(t)
	require.NoError(t, os.WriteFile(filepath.Join(secret, "f"), []byte("secret"), 0o644))
	s := nodeServer(t, "server-filesystem", folder(t), home, secret, "/usr")
	s.Files = append(s.Files, isolate.Grant{Path: home})
	c := connect(t, s)
	c.walk([]step{
		{tool: "list_allowed_directories", want: []string{home, "/usr"}},
		{tool: "read_text_file", args: args{"path": filepath.Join(secret, "f")}, fail: true},
		{tool: "list_directory", args: args{"path": secret}, fail: true},
		{tool: "write_file", args: args{"path": filepath.Join(home, "f"), "content": "x"}, want: []string{"EROFS"}, fail: true},
		{tool: "write_file", args: args{"path": "/usr/f", "content": "x"}, want: []string{"EROFS"}, fail: true},
		{tool: "list_directory", args: args{"path": home}},
	})
	c.leave()
}

func TestEverythingServer(t *testing.T) {
	c := connect(t, nodeServer(t, "server-everything", folder(t)), "/data")
	tried := c.walk([]step{
		{tool: "echo", args: args{"message": "hello"}, want: []string{"hello"}},
		{tool: "get-sum", args: args{"a": 40, "b": 2}, want: []string{"42"}},
		{tool: "get-structured-content", args: args{"location": "Chicago"}, want: []string{"temperature"}},
		{tool: "get-annotated-message", args: args{"messageType": "success", "includeImage": true}},
		{tool: "get-env", want: []string{`"HOME": "/data"`}},
		{tool: "get-resource-links", args: args{"count": 2}},
		{tool: "get-resource-reference", args: args{"resourceType": "Blob", "resourceId": 3}},
		{tool: "gzip-file-as-resource", args: args{"name": "x.gz", "data": "data:text/plain,hello"}},
		{tool: "gzip-file-as-resource", args: args{"name": "x.gz", "data": "https://example.org/"}, fail: true}, // no network
		{tool: "get-roots-list", want: []string{"file:///data"}},
		{tool: "trigger-sampling-request", args: args{"prompt": "say"}, want: []string{"sampled words"}},
		{tool: "trigger-elicitation-request", want: []string{"declined"}},
		{tool: "toggle-simulated-logging", want: []string{"Started"}},
		{tool: "trigger-long-running-operation", args: args{"duration": 0.5, "steps": 5}, want: []string{"completed"}},
	})
	require.Eventually(t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.progress) == 5 && c.progress[4] == 5 && len(c.logged) > 0
	}, callLimit, 10*time.Millisecond, "progress and log messages")

	image := c.use("get-tiny-image", nil)
	require.IsType(t, &mcp.ImageContent{}, image.Content[1])
	require.Equal(t, "\x89PNG", string(image.Content[1].(*mcp.ImageContent).Data[:4]))

	resources, err := c.ListResources(c.within(), nil)
	require.NoError(t, err)
	require.NotEmpty(t, resources.Resources)
	templates, err := c.ListResourceTemplates(c.within(), nil)
	require.NoError(t, err)
	require.Len(t, templates.ResourceTemplates, 2)
	for _, uri := range []string{resources.Resources[0].URI, "demo://resource/dynamic/text/1"} {
		read, err := c.ReadResource(c.within(), &mcp.ReadResourceParams{URI: uri})
		require.NoError(t, err)
		require.NotEmpty(t, read.Contents[0].Text)
	}
	require.NoError(t, c.Subscribe(c.within(), &mcp.SubscribeParams{URI: resources.Resources[0].URI}))

	prompts, err := c.ListPrompts(c.within(), nil)
	require.NoError(t, err)
	require.Len(t, prompts.Prompts, 4)
	prompt, err := c.GetPrompt(c.within(), &mcp.GetPromptParams{Name: "args-prompt", Arguments: map[string]string{"city": "Lyon"}})
	require.NoError(t, err)
	require.Contains(t, prompt.Messages[0].Content.(*mcp.TextContent).Text, "Lyon")
	done, err := c.Complete(c.within(), &mcp.CompleteParams{Ref: &mcp.CompleteReference{Type: "ref/prompt", Name: "completable-prompt"},
		Argument: mcp.CompleteParamsArgument{Name: "department", Value: "E"}})
	require.NoError(t, err)
	require.Contains(t, done.Completion.Values, "Engineering")
	require.NoError(t, c.Ping(c.within(), nil))
	c.use("toggle-simulated-logging", nil) // its timer would keep it up
	c.leave()
	noteNPM(t, "server-everything", tried+" get-tiny-image progress logging resources templates subscription prompts completion ping")
}

func TestMemoryServer(t *testing.T) {
	data := folder(t)
	s := nodeServer(t, "server-memory", data)
	s.Env = append(s.Env, "MEMORY_FILE_PATH=/data/memory.jsonl")
	c := connect(t, s)
	tried := c.walk([]step{
		{tool: "create_entities", args: args{"entities": []args{
			{"name": "Ada", "entityType": "person", "observations": []string{"writes programs"}},
			{"name": "Engine", "entityType": "machine", "observations": []string{}}}}},
		{tool: "create_relations", args: args{"relations": []args{{"from": "Ada", "to": "Engine", "relationType": "programs"}}}},
		{tool: "add_observations", args: args{"observations": []args{{"entityName": "Ada", "contents": []string{"likes numbers"}}}}},
		{tool: "read_graph", want: []string{"likes numbers", `"programs"`}},
	})
	c.leave()

	c = connect(t, s)
	tried += "; in a second room: " + c.walk([]step{
		{tool: "read_graph", want: []string{"Ada", "likes numbers", `"programs"`}},
		{tool: "search_nodes", args: args{"query": "numbers"}, want: []string{"Ada"}},
		{tool: "open_nodes", args: args{"names": []string{"Engine"}}, want: []string{"machine"}},
		{tool: "delete_observations", args: args{"deletions": []args{{"entityName": "Ada", "observations": []string{"likes numbers"}}}}},
		{tool: "delete_entities", args: args{"entityNames": []string{"Engine"}}},
	})
	require.NotContains(t, words(c.use("read_graph", nil).Content), "Engine")
	c.leave()
	require.FileExists(t, filepath.Join(data, "memory.jsonl"))
	noteNPM(t, "server-memory", tried)
}

func TestSequentialThinkingServer(t *testing.T) {
	thought := func(n int, more bool) args {
		return args{"thought": "one more", "thoughtNumber": n, "totalThoughts": 4, "nextThoughtNeeded": more}
	}
	revision, branch := thought(3, true), thought(4, false)
	revision["isRevision"], revision["revisesThought"] = true, 1
	branch["branchFromThought"], branch["branchId"] = 2, "other"
	c := connect(t, nodeServer(t, "server-sequential-thinking", folder(t)))
	tried := c.walk([]step{
		{tool: "sequentialthinking", args: thought(1, true), want: []string{`"thoughtHistoryLength": 1`}},
		{tool: "sequentialthinking", args: thought(2, true), want: []string{`"thoughtHistoryLength": 2`}},
		{tool: "sequentialthinking", args: revision},
		{tool: "sequentialthinking", args: branch, want: []string{`"thoughtHistoryLength": 4`, `"other"`}},
		{tool: "sequentialthinking", args: args{"thought": 5}, fail: true},
	})
	c.leave()
	noteNPM(t, "server-sequential-thinking", tried+": steps, a revision, a branch, a refusal")
}
