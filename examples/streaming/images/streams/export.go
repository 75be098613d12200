package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"log/slog"
	"os"
	"time"

	"streaming.example/images/nats"
)

// exporter writes the events of a stream out in batches, one line of the log each; an event is done with only when its batch is written.
type exporter struct {
	stream string
	reader string
	most   int
	every  time.Duration
	log    *slog.Logger
}

func newExporter(arguments []string, log *slog.Logger) *exporter {
	flags := flag.NewFlagSet("export", flag.ExitOnError)
	most := flags.Int("most", 100, "events in one batch")
	every := flags.Duration("every", 10*time.Second, "a batch is written after this time at the latest")
	_ = flags.Parse(arguments)
	return &exporter{stream: os.Getenv("STREAM"), reader: os.Getenv("READER"), most: *most, every: *every, log: log}
}

func (e *exporter) read(conn *nats.Conn) error {
	messages := make(chan nats.Message, 1000)
	go e.gather(conn, messages)
	return conn.Read(e.stream, e.reader, timeout, func(message nats.Message) {
		select {
		case messages <- message:
		case <-conn.Done():
		}
	})
}

func (e *exporter) gather(conn *nats.Conn, messages <-chan nats.Message) {
	ticks := time.NewTicker(e.every)
	defer ticks.Stop()
	var batch []nats.Message
	for {
		select {
		case <-conn.Done():
			// What was not written comes again.
			return
		case message := <-messages:
			batch = append(batch, message)
			if len(batch) < e.most {
				continue
			}
		case <-ticks.C:
		}
		e.write(batch)
		for _, message := range batch {
			_ = conn.Acknowledge(message)
		}
		batch = nil
	}
}

func (e *exporter) write(batch []nats.Message) {
	if len(batch) == 0 {
		return
	}
	bytes := 0
	digest := sha256.New()
	for _, message := range batch {
		bytes += len(message.Data)
		digest.Write(message.Data)
		digest.Write([]byte("\n"))
	}
	e.log.Info("exported", "stream", e.stream, "events", len(batch), "bytes", bytes, "sha256", hex.EncodeToString(digest.Sum(nil)))
}
