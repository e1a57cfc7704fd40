package egress

import "fmt"

// ParseGrants reads the texts of all grants of one room. Its errors say what to write
// instead.
func ParseGrants(texts []string) ([]Grant, error) {
	var grants []Grant
	for _, text := range texts {
		g, err := ParseGrant(text)
		if err != nil {
			return nil, err
		}
		grants = append(grants, g)
	}
	if err := fit(grants); err != nil {
		return nil, err
	}
	return grants, nil
}

// fit tells whether grants can stand beside each other in one room.
func fit(grants []Grant) error {
	if len(grants) > grantsMax {
		return fmt.Errorf("%d hosts are granted, %d at most", len(grants), grantsMax)
	}
	ports := 0
	for i, g := range grants {
		for _, p := range g.Ports {
			if _, twice := find(grants[:i], g.Host, p); twice {
				return fmt.Errorf("host %s: port %d is granted twice: keep one", g.Host, p)
			}
		}
		ports += len(g.Ports)
	}
	if ports > listenersMax {
		return fmt.Errorf("the hosts have %d ports, %d at most: leave some out", ports, listenersMax)
	}
	return nil
}
