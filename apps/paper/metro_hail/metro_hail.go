// Package metrohail is the paper's app metro_hail: what a ride costs, and an order for
// one. It runs in a room, reads no file and reaches no host. Start at Server.
package metrohail

import (
	_ "embed"

	"secgpt/apps/builtin"
	"secgpt/apps/paper/ride"
)

// Manifest is what a person agrees to when they install it.
//
//go:embed manifest.toml
var Manifest string

// Server is the app.
func Server() *builtin.Server {
	return ride.Server("metro_hail", ride.Tariff{Start: 14, Letter: 1.8}, ride.Twist{})
}
