package main

import (
	"errors"
	"fmt"
	"time"
)

// clock plays the time server.
type clock struct{ now time.Time }

func (c clock) call(tool string, args map[string]any) (any, error) {
	zone := func(param string) (*time.Location, error) {
		name := text(args[param])
		if name == "" {
			return c.now.Location(), nil
		}
		loc, err := time.LoadLocation(name)
		if err != nil {
			return nil, fmt.Errorf("invalid timezone: %s", name)
		}
		return loc, nil
	}
	switch tool {
	case "get_current_time":
		loc, err := zone("timezone")
		if err != nil {
			return nil, err
		}
		return at(c.now.In(loc)), nil
	case "convert_time":
		from, err := zone("source_timezone")
		if err != nil {
			return nil, err
		}
		to, err := zone("target_timezone")
		if err != nil {
			return nil, err
		}
		t, err := time.Parse("15:04", text(args["time"]))
		if err != nil {
			return nil, errors.New("invalid time format: expected HH:MM [24-hour format]")
		}
		y, m, d := c.now.In(from).Date()
		source := time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, from)
		_, a := source.Zone()
		_, b := source.In(to).Zone()
		return map[string]any{"source": at(source), "target": at(source.In(to)),
			"time_difference": fmt.Sprintf("%+.1fh", float64(b-a)/3600)}, nil
	}
	return nil, fmt.Errorf("there is no tool %s", tool)
}

func at(t time.Time) map[string]any {
	return map[string]any{"timezone": t.Location().String(), "datetime": t.Format("2006-01-02T15:04:05-07:00"),
		"day_of_week": t.Weekday().String(), "is_dst": t.IsDST()}
}
