package agenttest

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"

	"github.com/hadal-go/hadal/chain/agent"
)

// append appends records that must be taken.
func (p *probed) append(ctx context.Context, s agent.Store, id string, at int, recs ...agent.Record) {
	if err := s.Append(ctx, id, at, recs...); err != nil {
		p.Fatalf("Append must take %d records of the run %.100q after the %d that it has: %v", len(recs), id, at, err)
	}
}

// conflicts ends the case unless the records are refused, as it is not the end of the run
// where they are to be appended.
func (p *probed) conflicts(ctx context.Context, s agent.Store, id string, at int, recs ...agent.Record) {
	err := s.Append(ctx, id, at, recs...)
	switch {
	case err == nil:
		p.Fatalf("Append must refuse records that do not come after the last one: %d records at %d of the run %.100q were taken", len(recs), at, id)
	case !errors.Is(err, agent.ErrConflict):
		p.Fatalf("Append must refuse records that do not come after the last one with ErrConflict, not with: %v", err)
	}
}

// load returns a run that must be there.
func (p *probed) load(ctx context.Context, s agent.Store, id string) *agent.Run {
	r, err := s.Load(ctx, id)
	switch {
	case err != nil:
		p.Fatalf("Load must find the run %.100q, of which there are records: %v", id, err)
	case r == nil:
		p.Fatalf("Load must return a run if there is no error")
	case r.ID != id:
		p.Fatalf("Load must return the run that it is asked for: %.100q, not %.100q", id, r.ID)
	case r.Header == nil || r.Header != r.Log[0].Header:
		p.Fatalf("Load must return the run by agent.Restore: it has no Header, or another than its first record")
	}
	return r
}

// lacks ends the case if there is such a run.
func (p *probed) lacks(ctx context.Context, s agent.Store, id, why string) {
	r, err := s.Load(ctx, id)
	switch {
	case !errors.Is(err, agent.ErrNotFound):
		p.Fatalf("%s: Load must say that there is no run %.100q, with ErrNotFound: %v", why, id, err)
	case r != nil:
		p.Fatalf("%s: Load must return a nil Run with ErrNotFound", why)
	}
	l, ok := s.(lister)
	if !ok {
		return
	}
	for stored, err := range l.Runs(ctx) {
		if err != nil || stored.ID == id {
			p.Fatalf("%s: Runs must not list a run that there is not: %.100q, %v", why, stored.ID, err)
		}
	}
}

// holds ends the case if the store does not have exactly these records of a run.
func (p *probed) holds(ctx context.Context, s agent.Store, id string, want []agent.Record, why string) {
	r := p.load(ctx, s, id)
	if len(r.Log) != len(want) {
		p.Fatalf("%s: the run %.100q has %d records, want %d", why, id, len(r.Log), len(want))
	}
	for i := range want {
		if !same(r.Log[i], want[i]) {
			p.Fatalf("%s: record %d of the run %.100q is not as it was appended: %s\nwant %s", why, i, id, show(r.Log[i]), show(want[i]))
		}
	}
}

// same reports whether a record has come back as it was, or as its JSON comes back.
func same(got, want agent.Record) bool {
	return reflect.DeepEqual(got, want) || reflect.DeepEqual(got, copied(want))
}

// copied returns a record that shares nothing with rec.
func copied(rec agent.Record) agent.Record {
	data, err := json.Marshal(rec)
	if err != nil {
		panic(err) // all records of this package encode
	}
	var back agent.Record
	if err := json.Unmarshal(data, &back); err != nil {
		panic(err)
	}
	return back
}

// show shows a record, cut.
func show(rec agent.Record) string {
	data, err := json.Marshal(rec)
	if err != nil {
		return err.Error()
	}
	if len(data) > 800 {
		return string(data[:800]) + "… of " + strconv.Itoa(len(data)) + " bytes"
	}
	return string(data)
}
