package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"streaming.example/images/nats"
)

// replay counts what the broker keeps of a stream, by a field of its events, and hands the counts on as batches.<name>.
func replay(conn *nats.Conn, log *slog.Logger) error {
	stream, field := os.Getenv("STREAM"), os.Getenv("COUNT_BY")
	state, err := conn.State(stream, timeout)
	if err != nil {
		return err
	}
	counts := map[string]int{}
	events := 0
	for at := state.First; at <= state.Last && state.Messages > 0; at++ {
		raw, err := conn.Event(stream, at, timeout)
		if err != nil {
			return err
		}
		var event map[string]any
		if raw == nil || json.Unmarshal(raw, &event) != nil {
			continue
		}
		events++
		counts[fmt.Sprint(event[field])]++
	}
	result, err := json.Marshal(map[string]any{"stream": stream, "by": field, "events": events, "counts": counts})
	if err != nil {
		return err
	}
	if err := conn.Publish("batches."+os.Getenv("NAME"), result); err != nil {
		return err
	}
	log.Info("counted", "result", json.RawMessage(result))
	return conn.Flush(timeout)
}
