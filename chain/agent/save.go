package agent

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// apply adds records to the run, and keeps them. What has happened is in the run though
// it could not be kept; what is about to happen is not, and must not happen then.
func (d *driver) apply(ctx context.Context, recs ...Record) error {
	for i := range recs {
		recs[i].At = now()
	}
	recs[0].Elapsed = time.Since(d.since)
	d.since = time.Now()
	if recs[0].Kind == Calling {
		return d.intend(ctx, recs)
	}
	for _, rec := range recs {
		if err := d.run.Apply(rec); err != nil {
			return err
		}
	}
	return d.agent.save(ctx, d.run)
}

// intend keeps what is about to happen, before it does.
func (d *driver) intend(ctx context.Context, recs []Record) error {
	for i := range recs {
		if err := d.run.admit(&recs[i]); err != nil {
			return err
		}
	}
	if err := d.agent.keep(ctx, d.run, recs); err != nil {
		return err
	}
	for _, rec := range recs {
		d.run.add(rec)
	}
	d.run.saved = len(d.run.Log)
	return nil
}

// save brings the store up to date with a run.
func (a *Agent) save(ctx context.Context, run *Run) error {
	if a.Store == nil {
		return nil
	}
	if run.saved == 0 && len(run.Log) > 1 {
		kept, err := a.Store.Load(ctx, run.ID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return fmt.Errorf("saving the run: %w", err)
		}
		if err == nil {
			run.saved = len(kept.Log)
		}
	}
	if run.saved > len(run.Log) {
		return fmt.Errorf("saving the run: %w: the store has %d records, the run %d: load it again", ErrConflict, run.saved, len(run.Log))
	}
	if run.saved == len(run.Log) {
		return nil
	}
	if err := a.keep(ctx, run, run.Log[run.saved:]); err != nil {
		return err
	}
	run.saved = len(run.Log)
	return nil
}

// keep appends records to what the store has of a run, also if ctx has ended.
func (a *Agent) keep(ctx context.Context, run *Run, recs []Record) error {
	if a.Store == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	if err := a.Store.Append(ctx, run.ID, run.saved, recs...); err != nil {
		return fmt.Errorf("saving the run: %w", err)
	}
	return nil
}

// saveTime is how long a store may take to append.
const saveTime = 30 * time.Second
