// Package wake sends alarms to people. This file decides how long to wait between tries.
package wake

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	maxTries   = 6
	firstPause = 2 * time.Second
	// Lowered from 90 s on 10 November 2026: with 90 the sixth try came after the
	// next contact of the chain had already been called, and both picked up.
	pauseCeiling = 60 * time.Second
	smsMaxAge    = 15 * time.Minute
)

// Channel is one way to reach a person: SMS, voice, mail or push.
type Channel interface {
	Name() string
	Send(ctx context.Context, m Message) error
}

// ErrPermanent marks failures that no retry cures: wrong number, blocked sender.
var ErrPermanent = errors.New("wake: permanent failure")

// pauseBefore grows from firstPause to the ceiling by a factor of four, not two,
// because a provider that fails twice in ten seconds is rarely back within a minute.
func pauseBefore(try int) time.Duration {
	pause := firstPause
	for i := 1; i < try && pause < pauseCeiling; i++ {
		pause *= 4
	}
	pause = min(pause, pauseCeiling)
	// A fifth of jitter. Without it all alarms of one warehouse hit Plover in the same second.
	return pause - time.Duration(rand.Int64N(int64(pause/5)))
}

// channelFor turns an old SMS into a voice call: a text from a quarter of an hour ago
// is read as history, a ringing phone is not.
func channelFor(m Message, now time.Time, sms, voice Channel) Channel {
	if now.Sub(m.RaisedAt) > smsMaxAge {
		return voice
	}
	return sms
}

// Deliver tries until it works, the tries are used up or the failure is permanent.
// The caller then puts the message on the dead list and calls the next contact.
func Deliver(ctx context.Context, c Channel, m Message, clock Clock) error {
	var last error
	for try := 1; try <= maxTries; try++ {
		last = c.Send(ctx, m)
		if last == nil {
			count(c.Name(), "sent", try)
			return nil
		}
		if errors.Is(last, ErrPermanent) {
			count(c.Name(), "permanent", try)
			return last
		}
		if try == maxTries {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-clock.After(pauseBefore(try)):
		}
	}
	count(c.Name(), "dead", maxTries)
	return last
}
