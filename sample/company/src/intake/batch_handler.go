// Package intake takes batches of readings from gateways, phones and T3-X loggers.
// The answers and codes are described in "Intake protocol, version 3".
package intake

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	maxReadings  = 500
	maxBody      = 64 << 10 // unpacked; the gzip reader counts for us
	defaultSkew  = 15 * time.Minute
	skewWidening = 24 * time.Hour // an allowance falls back by itself after this
	lowestC      = -120.0
	highestC     = 120.0
)

type Reading struct {
	At      time.Time `json:"t"`
	Celsius float64   `json:"c"`
	Battery *int      `json:"batt,omitempty"`
}

type Batch struct {
	Version  int       `json:"v"`
	Device   string    `json:"device"`
	Carrier  string    `json:"carrier"`
	Seq      uint64    `json:"seq"`
	Readings []Reading `json:"readings"`
}

// Reject carries the code a device understands. Devices switch on Code, never on Text.
type Reject struct {
	Status int    `json:"-"`
	Code   string `json:"code"`
	Text   string `json:"text"`
}

func (r *Reject) Error() string { return r.Code + ": " + r.Text }

var (
	errTooBig  = &Reject{http.StatusRequestEntityTooLarge, "INTAKE-413-BATCH", "halve the batch"}
	errDupSeq  = &Reject{http.StatusConflict, "INTAKE-409-DUPSEQ", "raise seq by one and send again"}
	errSkew    = &Reject{http.StatusUnprocessableEntity, "INTAKE-422-SKEW", "ask /v3/time, then send again"}
	errRange   = &Reject{http.StatusUnprocessableEntity, "INTAKE-422-RANGE", "drop the reading, send the rest"}
	errNotJSON = &Reject{http.StatusBadRequest, "INTAKE-400-JSON", "not a batch"}
)

type Handler struct {
	seen   SeenStore // remembers seq and hash per device for 45 days
	stream Stream
	skew   SkewTable // allowances by firmware, set with intakectl skew allow
	now    func() time.Time
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	batch, err := decode(r.Body)
	if err == nil {
		err = h.check(batch, FirmwareOf(r))
	}
	if err == nil {
		err = h.accept(r, batch, w)
	}
	var reject *Reject
	switch {
	case err == nil:
	case errors.As(err, &reject):
		writeReject(w, reject)
	default:
		// The stream is full or gone. 503 makes devices keep the batch, which is all we need.
		w.Header().Set("Retry-After", "30")
		http.Error(w, "later", http.StatusServiceUnavailable)
	}
}

func decode(body io.Reader) (*Batch, error) {
	raw, err := io.ReadAll(io.LimitReader(body, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxBody {
		return nil, errTooBig
	}
	var batch Batch
	if json.Unmarshal(raw, &batch) != nil || batch.Version != 3 {
		return nil, errNotJSON
	}
	return &batch, nil
}

// check refuses what would poison weather. Old readings pass: a crop may come home after months.
func (h *Handler) check(b *Batch, firmware string) error {
	if len(b.Readings) > maxReadings {
		return errTooBig
	}
	latest := h.now().Add(h.skew.For(firmware, defaultSkew))
	for _, reading := range b.Readings {
		if reading.At.After(latest) {
			return errSkew
		}
		if reading.Celsius < lowestC || reading.Celsius > highestC {
			return errRange
		}
	}
	return nil
}

// accept answers 202 only after the stream has the batch on two disks. A device that
// hears 202 wipes its copy, so an early answer here loses readings for good.
func (h *Handler) accept(r *http.Request, b *Batch, w http.ResponseWriter) error {
	switch h.seen.Look(b.Device, b.Seq, HashOf(b)) {
	case SameContent:
		w.WriteHeader(http.StatusOK) // INTAKE-200-SEEN
		return nil
	case OtherContent:
		return errDupSeq
	}
	if err := h.stream.Publish(r.Context(), "readings.v3", b, WaitForDisks(2)); err != nil {
		return err
	}
	h.seen.Remember(b.Device, b.Seq, HashOf(b))
	w.WriteHeader(http.StatusAccepted)
	return nil
}
