// Package healthcompanion is the paper's app health_companion: it books an appointment
// with a doctor who does not exist. It runs in a room, keeps nothing and reaches no
// host. Start at Server.
package healthcompanion

import (
	"context"
	_ "embed"

	"secgpt/apps/builtin"
	"secgpt/apps/paper/ride"
)

// Manifest is what a person agrees to when they install it.
//
//go:embed manifest.toml
var Manifest string

// maxField bounds what is given in one argument, in bytes.
const maxField = 2000

// A Visit is what the app wants to know, and gives back with the appointment.
type Visit struct {
	Name      string `json:"name"`
	DOB       string `json:"dob" jsonschema:"date of birth"`
	City      string `json:"city"`
	Email     string `json:"email"`
	Date      string `json:"preferred_date"`
	Medical   string `json:"medical_issues"`
	Preferred string `json:"preferred_doctor,omitempty"`
}

// An Appointment is a visit with its time.
type Appointment struct {
	Visit
	Time      string `json:"time"`
	Reference string `json:"reference"`
}

// Server is the app.
func Server() *builtin.Server {
	s := builtin.New("health_companion")
	builtin.Add(s, "book_appointment", "Book an appointment with a doctor", func(_ context.Context, in Visit) (builtin.Out[Appointment], error) {
		for _, field := range []string{in.Name, in.DOB, in.City, in.Email, in.Date, in.Medical, in.Preferred} {
			if len(field) > maxField {
				return builtin.Out[Appointment]{}, builtin.Errorf("%d bytes are too much for one field, %d at most", len(field), maxField)
			}
		}
		return builtin.Out[Appointment]{Result: Appointment{in, "10:30", ride.Reference(in.Name, in.Date)}}, nil
	})
	return s
}
