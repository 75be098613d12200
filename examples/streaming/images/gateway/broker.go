package main

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"streaming.example/images/nats"
)

// broker is the connection to NATS, made again whenever it ends.
type broker struct {
	address string
	// largestEvent is what the gateway promises to take, in bytes.
	largestEvent int
	timeout      time.Duration
	log          *slog.Logger
	subject      string
	onMessage    func(nats.Message)

	mutex   sync.Mutex
	current *nats.Conn
}

func (b *broker) keepConnected() {
	for {
		conn, err := nats.Dial(b.address, "gateway "+version, b.timeout)
		if err == nil && b.subject != "" {
			err = conn.Subscribe(b.subject, "", b.onMessage)
		}
		if err != nil {
			b.log.Warn("the broker cannot be reached", "address", b.address, "error", err.Error())
			time.Sleep(500 * time.Millisecond)
			continue
		}
		b.log.Info("connected to the broker", "address", b.address)
		b.set(conn)
		<-conn.Done()
		b.set(nil)
	}
}

// ready says why events cannot be handed on, or nil.
func (b *broker) ready() error {
	conn := b.get()
	if conn == nil {
		return errors.New("the broker is not connected")
	}
	if conn.Info.MaxPayload < b.largestEvent {
		return fmt.Errorf("the broker takes events of at most %d bytes, and the gateway promises %d", conn.Info.MaxPayload, b.largestEvent)
	}
	return nil
}

func (b *broker) publish(subject string, payload []byte) error {
	conn := b.get()
	if conn == nil {
		return errors.New("the broker is not connected")
	}
	if err := conn.Publish(subject, payload); err != nil {
		return err
	}
	return conn.Flush(b.timeout)
}

func (b *broker) get() *nats.Conn {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.current
}

func (b *broker) set(conn *nats.Conn) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.current = conn
}
