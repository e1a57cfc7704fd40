package model

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Split parts an answer into the text before the plan and the plan; one of them
// may be empty. The plan is the first fenced block that reads like one, whatever
// the fence is called, or, where there is none, everything from the first line on
// that does if all that follows does too. What stands after the plan is chatter
// and left out. A block of code that the person wanted to see stays text: a program that
// calls neither reply nor anything of which isTool says that it is a tool's name. isTool may be nil.
func Split(answer string, isTool func(full string) bool) (text, plan string) {
	answer = strings.ReplaceAll(answer, "\r", "")
	end, plan := split(answer, isTool)
	return strings.TrimSpace(answer[:end]), plan
}

// split returns where the text ends, and the plan.
func split(answer string, isTool func(full string) bool) (end int, plan string) {
	lines := strings.SplitAfter(answer, "\n")
	for i := 0; i < len(lines); i++ {
		if isFence(lines[i]) {
			close := i + 1
			for close < len(lines) && !isFence(lines[close]) {
				close++
			}
			body := strings.Join(lines[i+1:close], "")
			if reads(fenceName(lines[i]), body, isTool) {
				return end, strings.Trim(body, "\n")
			}
			end += len(lines[i]) + len(body)
			if i = close; close == len(lines) {
				break
			}
		} else if begins(lines[i]) && bare(lines[i:], isTool) {
			return end, strings.TrimSpace(answer[end:])
		}
		end += len(lines[i])
	}
	return len(answer), ""
}

var (
	// A call or an assignment, as it begins a line of a plan.
	statement = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[a-z_]\w*((\.\w+|\[[^\]]*\])*\(|(\.\w+|\[[^\]]*\])*\s*(=[^=]|\+=)|(\s*,\s*[a-z_]\w*)+\s*=[^=])`)
	})
	// An if or a loop, as it begins a line of a plan.
	block = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(if|for) .*:\s*$`)
	})
	// What else may stand on a line of a plan without a fence.
	clause = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(\s+\S|(if|for|elif) .*:|else:|[)\]}]|#)`)
	})
	// A block with one of these is a program that the person wanted to see.
	program = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?m)^\s*(def|class|while|import|from|try|with|async)\b`)
	})
	// No plan has one of these, however well it is meant.
	defines = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^\s*(def|class|async)\b`) })
	replies = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^reply\(`) })
	call    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b([a-z]\w*\.\w+)\(`) })
	// A block with one of these does something here.
	effect = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\b(reply|ask|need|reveal|print)\(|\b[a-z]\w*\.[a-z]\w*\(`)
	})
)

// planFences are the names that models give to a fence around a plan.
var planFences = map[string]bool{
	"": true, "plan": true, "starlark": true, "python": true, "python3": true, "py": true,
	"bzl": true, "text": true, "txt": true, "plaintext": true, "tool_code": true, "code": true,
}

func isFence(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "```") }

// begins reports whether a plan without a fence may start with this line.
func begins(line string) bool { return statement().MatchString(line) || block().MatchString(line) }

func fenceName(line string) string {
	name := strings.ToLower(strings.TrimLeft(strings.TrimSpace(line), "`"))
	name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
	return name
}

func reads(fence, body string, isTool func(full string) bool) bool {
	if !planFences[fence] || !effect().MatchString(body) {
		return false
	}
	return !program().MatchString(body) || !defines().MatchString(body) && (replies().MatchString(body) || calls(body, isTool))
}

// maxCalls is how many calls of a program are looked at.
const maxCalls = 100

// calls reports whether a program calls a tool.
func calls(body string, isTool func(full string) bool) bool {
	return isTool != nil && slices.ContainsFunc(call().FindAllStringSubmatch(body, maxCalls), func(m []string) bool {
		app, _, _ := strings.Cut(m[1], ".")
		return isTool(m[1]) && !strings.Contains(body, app+" = ") && !strings.Contains(body, "import "+app) // of the program's own
	})
}

// bare reports whether lines without a fence are a plan to their end.
func bare(lines []string, isTool func(full string) bool) bool {
	body := strings.Join(lines, "")
	for _, l := range lines {
		if strings.TrimSpace(l) != "" && !statement().MatchString(l) && !clause().MatchString(l) {
			return false
		}
	}
	return reads("", body, isTool)
}
