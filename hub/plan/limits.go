package plan

// The bounds of a plan. A plan is a few lines that a model or a person wrote; each
// bound is far above what an honest one needs and far below what hurts.
const (
	// MaxSource is in bytes. It also bounds chains such as a.b.c.d…, on which the
	// parser and every walk over the tree recurse.
	MaxSource = 16 << 10
	// maxNodes bounds the tree, so that f-strings can't multiply the source.
	maxNodes = 10_000
	// maxNesting is how deep expressions and blocks can stand in each other.
	maxNesting = 200
	// maxFStrings is how deep f-strings can stand in each other.
	maxFStrings = 8

	// maxNotes is how many repairs are told: who needs more reads the plan.
	maxNotes = 20

	// MaxSteps counts evaluated nodes; large values cost more (see spend). It ends a
	// plan that does not end.
	MaxSteps = 100_000
	// MaxCalls bounds calls of tools, ask, need and reveal together: a person who has
	// to watch more has lost track.
	MaxCalls = 200
	// MaxMay bounds the tools that one ask may call: who reads the plan reads them.
	MaxMay = 16
	// MaxReplies bounds what a loop can put on the screen.
	MaxReplies = 1000

	// MaxText is the longest text, in bytes: what one frame to an app can carry.
	MaxText = 1 << 20
	// MaxList is the longest list, range and repetition.
	MaxList = 100_000
	// MaxDepth is how deep values can nest: what label.FromJSON reads.
	MaxDepth = 64
	// maxValueNodes and maxValueBytes bound one value with all that it holds. Without
	// them x = [x, x] doubles the work of every walk, with no memory spent.
	maxValueNodes = 250_000
	maxValueBytes = 16 << 20
	// MaxMemory is what the variables and the statement under way can hold, in bytes.
	MaxMemory = 256 << 20
	// recount is how much is made before the variables are measured anew, to give
	// back what is no longer held.
	recount = 64 << 20
	// maxSpans is how many pieces of a text keep a source of their own; the rest share
	// one that has all of theirs.
	maxSpans = 4096
	// maxWidth is the widest a format can pad.
	maxWidth = 1000

	// MaxVars is how many variables live on, and maxVarsBytes how much they hold. The
	// ones that were assigned longest ago go first.
	MaxVars      = 500
	maxVarsBytes = 64 << 20
)

// What is counted for one value and for one piece of a text.
const (
	valueBytes = 160
	spanBytes  = 64
)
