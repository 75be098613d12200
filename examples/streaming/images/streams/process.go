package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"streaming.example/images/nats"
)

// processor takes the events of a stream, keeps those that fit, picks fields of them, signs what is left with the connector's key and hands it
// on as results.<stream>.
type processor struct {
	stream string
	field  string
	equals string
	pick   []string
	// The key is read anew for each event: the customer may change the Secret, or give it later.
	keyFile string
	log     *slog.Logger
}

func newProcessor(log *slog.Logger) *processor {
	return &processor{
		stream:  os.Getenv("STREAM"),
		field:   os.Getenv("WHERE_FIELD"),
		equals:  os.Getenv("WHERE_EQUALS"),
		pick:    strings.FieldsFunc(os.Getenv("PICK"), func(r rune) bool { return r == ',' }),
		keyFile: os.Getenv("KEY_FILE"),
		log:     log,
	}
}

func (p *processor) read(conn *nats.Conn) error {
	return conn.Read(p.stream, "process", timeout, func(message nats.Message) {
		// Not there: not signed.
		key, err := os.ReadFile(p.keyFile)
		if err != nil && !os.IsNotExist(err) {
			p.log.Error("the connector's key cannot be read; the event comes again", "error", err.Error())
			return
		}
		if result, fits := p.process(message.Data, key); fits {
			_ = conn.Publish("results."+p.stream, result)
		}
		// After the result, and by the same connection: the broker has it first.
		_ = conn.Acknowledge(message)
	})
}

// process turns one event into a result; false: it is none of this stream's.
func (p *processor) process(raw, key []byte) ([]byte, bool) {
	var event map[string]any
	if err := json.Unmarshal(raw, &event); err != nil {
		p.log.Warn("an event is no JSON object, and left out")
		return nil, false
	}
	if p.field != "" && fmt.Sprint(event[p.field]) != p.equals {
		return nil, false
	}
	if len(p.pick) > 0 {
		picked := map[string]any{}
		for _, name := range p.pick {
			if value, there := event[name]; there {
				picked[name] = value
			}
		}
		event = picked
	}
	body, err := json.Marshal(event)
	if err != nil {
		return nil, false
	}
	result := map[string]any{"stream": p.stream, "event": json.RawMessage(body)}
	if len(key) > 0 {
		mac := hmac.New(sha256.New, key)
		mac.Write(body)
		result["signature"] = hex.EncodeToString(mac.Sum(nil))
	}
	out, err := json.Marshal(result)
	return out, err == nil
}
