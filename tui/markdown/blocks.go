package markdown

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"

	"secgpt/tui/safe"
)

// maxDepth bounds how deep lists and quotes are indented: deeper ones are drawn at
// this depth, so that a width is left.
const maxDepth = 6

type document struct {
	src  []byte
	root ast.Node
}

type renderer struct {
	style Style
	width int
	lines []string
	src   []byte
	first string // the mark before the next line: a bullet
	rest  string // what stands before the lines after it
	depth int
}

func (r *renderer) document(d *document) {
	r.src = d.src
	r.blocks(d.root, true)
}

// blocks draws the children of n, with blank lines between them if loose.
func (r *renderer) blocks(n ast.Node, loose bool) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if c != n.FirstChild() && loose {
			r.lines = append(r.lines, strings.TrimRight(r.rest, " "))
		}
		r.block(c)
	}
}

func (r *renderer) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		r.wrap(r.inlines(n, heading))
	case *ast.List:
		r.list(n)
	case *ast.Blockquote:
		r.inside("│ ", "│ ", func() { r.blocks(n, true) })
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		r.code(n)
	case *ast.HTMLBlock:
		r.code(n)
	case *ast.ThematicBreak:
		r.put(r.paint(strings.Repeat("─", min(24, r.room())), dim))
	case *east.Table:
		r.table(n)
	default:
		r.wrap(r.inlines(n, 0))
	}
}

func (r *renderer) list(n *ast.List) {
	number := n.Start
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if c != n.FirstChild() && !n.IsTight {
			r.lines = append(r.lines, strings.TrimRight(r.rest, " "))
		}
		mark := "• "
		if n.IsOrdered() {
			mark = strconv.Itoa(number) + ". "
			number++
		}
		r.inside(mark, strings.Repeat(" ", safe.Width(mark)), func() { r.blocks(c, !n.IsTight) })
	}
}

// inside draws with a mark before the first line and an indent before the others.
func (r *renderer) inside(first, rest string, draw func()) {
	if r.depth >= maxDepth || r.room() < 12 {
		draw()
		return
	}
	outer := r.rest
	r.first, r.rest = r.lead()+first, outer+rest
	r.depth++
	draw()
	r.depth--
	if r.first != "" { // an empty item still shows its mark
		r.put("")
	}
	r.first, r.rest = "", outer
}

// lead is what stands before the next line.
func (r *renderer) lead() string {
	if r.first != "" {
		return r.first
	}
	return r.rest
}

func (r *renderer) room() int { return max(r.width-safe.Width(r.rest), 8) }

// put draws one finished line.
func (r *renderer) put(line string) {
	r.lines = append(r.lines, strings.TrimRight(r.paint(r.lead(), dim)+line, " "))
	r.first = ""
}

// code keeps its line ends; what is too wide goes on in the next line.
func (r *renderer) code(n ast.Node) {
	for i := range n.Lines().Len() {
		seg := n.Lines().At(i)
		line := strings.TrimRight(string(seg.Value(r.src)), "\n")
		for _, part := range chop("  "+line, r.room()) {
			r.put(r.paint(part, code))
		}
	}
}

// table puts the columns under each other if they fit, else a line for each cell.
func (r *renderer) table(n *east.Table) {
	var rows [][]string
	var widths []int
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []string
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			s := plain(r.inlines(c, 0))
			if len(cells) == len(widths) {
				widths = append(widths, 0)
			}
			widths[len(cells)] = max(widths[len(cells)], safe.Width(s))
			cells = append(cells, s)
		}
		rows = append(rows, cells)
	}
	total := -2
	for _, w := range widths {
		total += w + 2
	}
	for i, cells := range rows {
		kind := 0
		if i == 0 {
			kind = bold
		}
		if total <= r.room() {
			line := ""
			for j, c := range cells {
				line += c + strings.Repeat(" ", widths[j]-safe.Width(c)+2)
			}
			r.put(r.paint(strings.TrimRight(line, " "), kind))
			continue
		}
		r.wrap([]span{{strings.Join(cells, " · "), kind}})
	}
}
