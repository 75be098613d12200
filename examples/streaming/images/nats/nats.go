// Package nats speaks as much of the NATS client protocol (docs.nats.io/reference/reference-protocols/nats-protocol) as this example needs.
package nats

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Info is what the server says of itself first.
type Info struct {
	JetStream  bool `json:"jetstream"`
	MaxPayload int  `json:"max_payload"`
}

// Conn is one connection. It ends at the first error and is not used again.
type Conn struct {
	Info  Info
	conn  net.Conn
	write sync.Mutex
	pongs chan struct{}
	done  chan struct{}
	err   error
}

// Dial connects and waits for the server's first PONG. Every message of a later Subscribe goes to onMessage.
func Dial(address, name string, timeout time.Duration, onMessage func(subject string, payload []byte)) (*Conn, error) {
	socket, err := net.DialTimeout("tcp", address, timeout)
	if err != nil {
		return nil, err
	}
	c := &Conn{conn: socket, pongs: make(chan struct{}, 16), done: make(chan struct{})}
	reader := bufio.NewReaderSize(socket, 64<<10)
	_ = socket.SetReadDeadline(time.Now().Add(timeout))
	line, err := reader.ReadString('\n')
	if err == nil && !strings.HasPrefix(line, "INFO ") {
		err = fmt.Errorf("expected INFO, got %.40q", line)
	}
	if err == nil {
		err = json.Unmarshal([]byte(strings.TrimPrefix(line, "INFO ")), &c.Info)
	}
	if err != nil {
		socket.Close()
		return nil, err
	}
	_ = socket.SetReadDeadline(time.Time{})
	go c.read(reader, onMessage)
	options, _ := json.Marshal(map[string]any{"verbose": false, "pedantic": false, "name": name, "lang": "go", "version": "1"})
	if err := c.send("CONNECT " + string(options) + "\r\n"); err != nil {
		return nil, c.end(err)
	}
	if err := c.Flush(timeout); err != nil {
		return nil, c.end(err)
	}
	return c, nil
}

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Close ends the connection.
func (c *Conn) Close() { _ = c.end(errors.New("closed")) }

// Publish hands one message to the server; Flush tells when it has it.
func (c *Conn) Publish(subject string, payload []byte) error {
	return c.send("PUB " + subject + " " + strconv.Itoa(len(payload)) + "\r\n" + string(payload) + "\r\n")
}

// Subscribe asks for the messages of a subject.
func (c *Conn) Subscribe(subject string) error { return c.send("SUB " + subject + " 1\r\n") }

// Flush waits until the server has answered a PING, and so has taken everything sent before it.
func (c *Conn) Flush(timeout time.Duration) error {
	if err := c.send("PING\r\n"); err != nil {
		return err
	}
	select {
	case <-c.pongs:
		return nil
	case <-c.done:
		return c.err
	case <-time.After(timeout):
		return c.end(fmt.Errorf("the broker did not answer within %s", timeout))
	}
}

func (c *Conn) send(text string) error {
	c.write.Lock()
	defer c.write.Unlock()
	_, err := io.WriteString(c.conn, text)
	return err
}

func (c *Conn) end(err error) error {
	c.write.Lock()
	defer c.write.Unlock()
	select {
	case <-c.done:
	default:
		c.err = err
		close(c.done)
		c.conn.Close()
	}
	return err
}

func (c *Conn) read(reader *bufio.Reader, onMessage func(string, []byte)) {
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			_ = c.end(err)
			return
		}
		switch line = strings.TrimSpace(line); {
		case line == "PING":
			_ = c.send("PONG\r\n")
		case line == "PONG":
			select {
			case c.pongs <- struct{}{}:
			default:
			}
		case strings.HasPrefix(line, "-ERR"):
			_ = c.end(errors.New(line))
			return
		case strings.HasPrefix(line, "MSG "):
			fields := strings.Fields(line)
			size, err := strconv.Atoi(fields[len(fields)-1])
			if err != nil || size < 0 || size > 64<<20 {
				_ = c.end(fmt.Errorf("bad message head %.80q", line))
				return
			}
			body := make([]byte, size+2)
			if _, err := io.ReadFull(reader, body); err != nil {
				_ = c.end(err)
				return
			}
			if onMessage != nil {
				onMessage(fields[1], body[:size])
			}
		}
	}
}
