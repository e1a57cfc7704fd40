package plan

import "secgpt/mediator/label"

// A Var is a variable between two runs. One that is not Set has no value, and a label all
// the same: that it has none may tell something.
type Var struct {
	Name  string
	Value label.Value
	Set   bool
	Taint label.Label // joined to the value whenever it is read
}

// All lists the variables with or without a value, by their last assignment, oldest first,
// and the label of the names that were forgotten. No run may be under way.
func (vs *Vars) All() (all []Var, gone label.Label) {
	gone = vs.gone
	if vs.slots == nil {
		gone = person
	}
	for _, n := range vs.order {
		s := vs.slots[n]
		v := Var{Name: n, Set: s.set, Taint: s.taint}
		if s.set {
			v.Value = s.read()
		}
		all = append(all, v)
	}
	return all, gone
}

// Restore puts variables in the place of those that there are, as All lists them.
func (vs *Vars) Restore(all []Var, gone label.Label) {
	*vs = Vars{slots: map[string]*slot{}, gone: gone}
	for _, v := range all {
		if vs.slots[v.Name] != nil {
			continue
		}
		vs.slots[v.Name] = &slot{v: v.Value, set: v.Set, taint: v.Taint}
		vs.order = append(vs.order, v.Name)
	}
}
