package isolate

// A Check is one thing that a room needs of a machine, as it was found.
type Check struct {
	ID     string      `json:"id"` // "room.landlock"; never changes its meaning
	Status CheckStatus `json:"status"`
	Tried  string      `json:"tried"` // what was done to find out
	Means  string      `json:"means"`
	Do     string      `json:"do"` // one line that can be copied; "" if there is nothing to do
}

// A CheckStatus says how a check ended.
type CheckStatus string

// What a check can say. A room can be had where no check fails.
const (
	CheckOK   CheckStatus = "ok"
	CheckWarn CheckStatus = "warn" // rooms can be had, and something is less than it could be
	CheckFail CheckStatus = "fail" // no rooms
	CheckSkip CheckStatus = "skip" // it does not matter here, or could not be tried
)

// A Fix is a change to the machine that only root can make, that concerns this
// program alone or restores what kernels come with. Nothing is changed before Do.
type Fix struct {
	Check string       // which it mends
	What  string       // what Do changes, in words
	Undo  string       // the line that takes it back
	Do    func() error // undoes its own first steps if a later one fails
}
