package app

import "waxwing/backend/events"

type popups struct{}

func newPopups(*shell) *popups        { return &popups{} }
func (p *popups) close()              {}
func (s *shell) popUp(events.Arrived) {}
