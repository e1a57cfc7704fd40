package hub

import (
	"encoding/json"
	"errors"

	"secgpt/apps"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// labelled reads a result and gives every part its sources and its origin.
func (h *Hub) labelled(app apps.App, call mediator.Call, raw json.RawMessage, sent label.Label) (label.Value, error) {
	own := label.Of(label.Source(app.Name)).Join(sent)
	theirs, left, err := h.shared(app)
	if err != nil {
		return label.Value{}, err
	}
	own = own.Join(theirs)
	past := h.received(app.Name)
	if !app.BuiltIn { // it may have kept what came to its places meanwhile, and copied it to others
		if err := errors.Join(past.Add("", without(left, label.Source(app.Name))), h.put(app)); err != nil {
			return label.Value{}, err
		}
	}
	whole, err := past.Of("")
	if err != nil {
		return label.Value{}, err
	}
	gone, err := past.Of(goneItem)
	if err != nil {
		return label.Value{}, err
	}
	v, err := label.FromJSON(raw, own.Join(whole))
	if err != nil {
		return label.Value{}, err
	}
	v = v.Map(func(path string, part label.Value) label.Value {
		switch part.Kind() {
		case label.Object:
			if isItem(part) {
				id, _ := part.Get("id")
				l, e := past.Of(id.Str())
				err = errors.Join(err, e) // a history that can't be read once spoils the result
				part = relabel(part, l)
			}
		case label.List:
			part = part.With(gone)
			for _, x := range part.Items() {
				part = part.With(x.Own())
			}
		}
		return part.Made(label.Origin{
			How: label.Result, App: label.Source(app.Name), Tool: call.Tool.Name, Path: path,
			Call: call.N, Minted: call.Tool.Mints[path],
		})
	})
	if !isItem(v) {
		v = v.With(gone) // a count or a nothing tells of what is not there, as a list does
	}
	o := v.Origin()
	o.Whole = true
	v = v.Made(o)
	if err == nil {
		h.arrived(came(app, call, v, own.Join(whole)))
	}
	return v, err
}

// isItem reports whether v is an item of a built-in app, which has an id.
func isItem(v label.Value) bool {
	if v.Kind() != label.Object {
		return false
	}
	id, ok := v.Get("id")
	return ok && id.Kind() == label.Text
}
