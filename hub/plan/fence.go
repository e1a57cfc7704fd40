package plan

import "strings"

// unfence blanks everything outside the code fence, if there is one: what stands
// around it is prose. A fence in a text of three quotes is part of the text.
func unfence(src string) string {
	lines := strings.Split(src, "\n")
	at := -1
	for i, line := range lines {
		if !isFence(line) {
			continue
		}
		before := strings.Join(lines[:i], "\n")
		if strings.Count(before, `"""`)%2 == 0 && strings.Count(before, `'''`)%2 == 0 {
			at = i
			break
		}
	}
	if at < 0 {
		return unquote(lines)
	}
	for i := range at {
		lines[i] = blank(lines[i])
	}
	lines[at] = opened(lines[at])
	open := true
	for i := at; i < len(lines); i++ {
		line := lines[i]
		end := strings.Index(line, "```")
		switch {
		case !open:
			lines[i] = blank(line)
		case end >= 0 && strings.TrimSpace(line[end:]) == "```" && strings.Count(line[:end], `"`)%2 == 0 && strings.Count(line[:end], "'")%2 == 0:
			lines[i], open = line[:end]+"   ", false
		}
	}
	return strings.Join(lines, "\n")
}

// unquote takes the single marks away that some write around a line of code.
func unquote(lines []string) string {
	for i, line := range lines {
		t := strings.TrimSpace(line)
		if len(t) > 2 && t[0] == '`' && t[len(t)-1] == '`' && strings.Count(t, "`") == 2 {
			lines[i] = strings.ReplaceAll(line, "`", " ")
		}
	}
	return strings.Join(lines, "\n")
}

func isFence(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "```") }

func blank(line string) string { return strings.Repeat(" ", len(line)) }

// opened is a line that opens a fence without the fence and its name. Code that begins
// in the same line stays.
func opened(line string) string {
	at := strings.Index(line, "```")
	rest := line[at+3:]
	if at > 0 || !strings.ContainsAny(rest, "(=") {
		return blank(line)
	}
	return blank(line[:3]) + rest
}
