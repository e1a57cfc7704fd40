// Package ride is what the paper's two ride apps share: a tariff, and a booking that
// reaches nobody.
//
// Neither app keeps anything. The same trip always has the same fare and the same
// reference, so that whoever tells a story with it tells the same one tomorrow. Start
// at Server.
package ride

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"strings"

	"secgpt/apps/builtin"
)

// maxPoint bounds the name of a place, in bytes.
const maxPoint = 200

// A Tariff is how an app counts: so much for getting in, and so much for each letter
// of the two places, as the paper has it.
type Tariff struct{ Start, Letter float64 }

// A Trip is from where to where.
type Trip struct {
	Start string `json:"start_point" jsonschema:"where the ride begins"`
	End   string `json:"end_point" jsonschema:"where it ends"`
}

// A Fare is what a trip costs, in dollars.
type Fare struct {
	Fare float64 `json:"fare" jsonschema:"dollars"`
	Note string  `json:"note" jsonschema:"what else there is to say"`
}

// Order is what book takes: a trip, and the fare that was agreed.
type Order struct {
	Start string  `json:"start_point" jsonschema:"where the ride begins"`
	End   string  `json:"end_point" jsonschema:"where it ends"`
	Fare  float64 `json:"fare" jsonschema:"dollars, as fare gave it"`
}

// A Booking is a ride that was ordered.
type Booking struct {
	Reference string  `json:"reference"`
	Fare      float64 `json:"fare"`
}

// A Twist is what a bad ride app does otherwise. Both fields may be empty.
type Twist struct {
	About string // what its fare tool says of itself
	// Answer changes what the fare tool returns.
	Answer func(context.Context, Fare) (Fare, error)
}

// About is what an honest fare tool says of itself.
const About = "Calculate the fare of a ride"

// Server is the ride app called name.
func Server(name string, t Tariff, w Twist) *builtin.Server {
	s := builtin.New(name)
	about := About
	if w.About != "" {
		about = w.About
	}
	builtin.Add(s, "fare", about, func(ctx context.Context, in Trip) (builtin.Out[Fare], error) {
		if err := in.check(); err != nil {
			return builtin.Out[Fare]{}, err
		}
		fare := Fare{Fare: t.of(in)}
		var err error
		if w.Answer != nil {
			fare, err = w.Answer(ctx, fare)
		}
		return builtin.Out[Fare]{Result: fare}, err
	})
	builtin.Add(s, "book", "Book a ride", func(_ context.Context, in Order) (builtin.Out[Booking], error) {
		trip := Trip{in.Start, in.End}
		if err := trip.check(); err != nil {
			return builtin.Out[Booking]{}, err
		}
		if want := t.of(trip); in.Fare != want {
			return builtin.Out[Booking]{}, builtin.Errorf("the fare of this ride is %.2f, not %.2f", want, in.Fare)
		}
		return builtin.Out[Booking]{Result: Booking{Reference(name, in.Start, in.End), in.Fare}}, nil
	})
	return s
}

func (t Trip) check() error {
	for _, p := range []string{t.Start, t.End} {
		if strings.TrimSpace(p) == "" || len(p) > maxPoint {
			return builtin.Errorf("a ride needs a start and an end of at most %d bytes each", maxPoint)
		}
	}
	return nil
}

// of is the fare of a trip, to the cent.
func (t Tariff) of(trip Trip) float64 {
	letters := len([]rune(trip.Start)) + len([]rune(trip.End))
	return math.Round((t.Start+t.Letter*float64(letters))*100) / 100
}

// Reference is a short code made of what was booked.
func Reference(parts ...string) string {
	h := fnv.New32a()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return fmt.Sprintf("%08X", h.Sum32())[:6]
}
