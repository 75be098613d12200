package nats

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Topic is a stream of JetStream: what the broker keeps of one subject.
type Topic struct {
	Name    string
	Subject string
	// Keep is how long an event is kept.
	Keep time.Duration
}

// TopicState is how much of it is there.
type TopicState struct {
	Messages int `json:"messages"`
	First    int `json:"first_seq"`
	Last     int `json:"last_seq"`
}

// Codes of JetStream's errors.
const (
	nameInUse       = 10058
	topicNotFound   = 10059
	readerNotFound  = 10014
	messageNotFound = 10037
)

// ErrNoTopic says that the broker has no such topic.
var ErrNoTopic = errors.New("the broker has no such topic")

type answer struct {
	Error *struct {
		Code        int    `json:"err_code"`
		Description string `json:"description"`
	} `json:"error"`
	State   TopicState `json:"state"`
	Message struct {
		Data []byte `json:"data"`
	} `json:"message"`
}

// CreateTopic makes it, or changes it to be so.
func (c *Conn) CreateTopic(topic Topic, timeout time.Duration) error {
	wanted := map[string]any{
		"name": topic.Name, "subjects": []string{topic.Subject}, "retention": "limits", "storage": "file",
		"max_age": topic.Keep.Nanoseconds(), "max_msgs": 100000, "discard": "old", "num_replicas": 1,
	}
	code, _, err := c.ask("STREAM.CREATE."+topic.Name, wanted, timeout)
	if code == nameInUse {
		_, _, err = c.ask("STREAM.UPDATE."+topic.Name, wanted, timeout)
	}
	return err
}

// DeleteTopic takes it away with all that it keeps. One that is not there is gone already.
func (c *Conn) DeleteTopic(name string, timeout time.Duration) error {
	code, _, err := c.ask("STREAM.DELETE."+name, nil, timeout)
	if code == topicNotFound {
		return nil
	}
	return err
}

// State of a topic, or ErrNoTopic.
func (c *Conn) State(name string, timeout time.Duration) (TopicState, error) {
	code, found, err := c.ask("STREAM.INFO."+name, nil, timeout)
	if code == topicNotFound {
		return TopicState{}, ErrNoTopic
	}
	return found.State, err
}

// Event is the one of this number, or nil: it is not kept any more.
func (c *Conn) Event(topic string, number int, timeout time.Duration) ([]byte, error) {
	code, found, err := c.ask("STREAM.MSG.GET."+topic, map[string]any{"seq": number}, timeout)
	if code == messageNotFound {
		return nil, nil
	}
	return found.Message.Data, err
}

// Read hands every event of a topic to onMessage, from where this reader has come to. Connections of the same reader share them. An event that
// is not acknowledged comes again.
func (c *Conn) Read(topic, reader string, timeout time.Duration, onMessage func(Message)) error {
	deliver := "deliver." + topic + "." + reader
	config := map[string]any{
		"durable_name": reader, "deliver_subject": deliver, "deliver_group": reader,
		"deliver_policy": "all", "ack_policy": "explicit", "ack_wait": (30 * time.Second).Nanoseconds(), "max_ack_pending": 1000,
	}
	if err := c.Subscribe(deliver, reader, onMessage); err != nil {
		return err
	}
	code, _, err := c.ask("CONSUMER.DURABLE.CREATE."+topic+"."+reader, map[string]any{"stream_name": topic, "config": config}, timeout)
	if code == topicNotFound {
		return ErrNoTopic
	}
	return err
}

// Acknowledge says that an event is done with.
func (c *Conn) Acknowledge(message Message) error { return c.Publish(message.Reply, []byte("+ACK")) }

// ForgetReader takes away what the broker remembers of a reader. One that is not there is gone already.
func (c *Conn) ForgetReader(topic, reader string, timeout time.Duration) error {
	code, _, err := c.ask("CONSUMER.DELETE."+topic+"."+reader, nil, timeout)
	if code == topicNotFound || code == readerNotFound {
		return nil
	}
	return err
}

func (c *Conn) ask(what string, body any, timeout time.Duration) (int, answer, error) {
	var payload []byte
	if body != nil {
		payload, _ = json.Marshal(body)
	}
	raw, err := c.Request("$JS.API."+what, payload, timeout)
	if err != nil {
		return 0, answer{}, err
	}
	var got answer
	if err := json.Unmarshal(raw, &got); err != nil {
		return 0, answer{}, fmt.Errorf("the broker's answer to %s is none: %.80q", what, raw)
	}
	if got.Error != nil {
		return got.Error.Code, got, fmt.Errorf("the broker refused %s: %s", what, got.Error.Description)
	}
	return 0, got, nil
}
