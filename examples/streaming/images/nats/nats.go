// Package nats speaks as much of the NATS client protocol (docs.nats.io/reference/reference-protocols/nats-protocol) as this example needs.
package nats

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
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
	MaxPayload int `json:"max_payload"`
}

// Message is one that was subscribed to. Reply is where an answer, or an acknowledgement, goes.
type Message struct {
	Subject string
	Reply   string
	Data    []byte
}

// Conn is one connection. It ends at the first error and is not used again.
type Conn struct {
	Info  Info
	conn  net.Conn
	write sync.Mutex
	pongs chan struct{}
	done  chan struct{}
	err   error

	mutex    sync.Mutex
	handlers map[string]func(Message)
	last     int
}

// Dial connects and waits for the server's first PONG.
func Dial(address, name string, timeout time.Duration) (*Conn, error) {
	socket, err := net.DialTimeout("tcp", address, timeout)
	if err != nil {
		return nil, err
	}
	c := &Conn{conn: socket, pongs: make(chan struct{}, 16), done: make(chan struct{}), handlers: map[string]func(Message){}}
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
	go c.read(reader)
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
	return c.publish(subject, "", payload)
}

// Subscribe asks for the messages of a subject; those of one queue share them. onMessage must not wait for the server: it is what reads from it.
func (c *Conn) Subscribe(subject, queue string, onMessage func(Message)) error {
	_, err := c.subscribe(subject, queue, onMessage)
	return err
}

// Request publishes and waits for the one answer.
func (c *Conn) Request(subject string, payload []byte, timeout time.Duration) ([]byte, error) {
	inbox := make([]byte, 12)
	_, _ = rand.Read(inbox)
	reply := "_INBOX." + hex.EncodeToString(inbox)
	answers := make(chan []byte, 1)
	id, err := c.subscribe(reply, "", func(message Message) {
		select {
		case answers <- message.Data:
		default:
		}
	})
	if err != nil {
		return nil, err
	}
	defer c.unsubscribe(id)
	if err := c.publish(subject, reply, payload); err != nil {
		return nil, err
	}
	select {
	case answer := <-answers:
		return answer, nil
	case <-c.done:
		return nil, c.err
	case <-time.After(timeout):
		return nil, fmt.Errorf("the broker did not answer to %s within %s", subject, timeout)
	}
}

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

func (c *Conn) publish(subject, reply string, payload []byte) error {
	if reply != "" {
		subject += " " + reply
	}
	return c.send("PUB " + subject + " " + strconv.Itoa(len(payload)) + "\r\n" + string(payload) + "\r\n")
}

func (c *Conn) subscribe(subject, queue string, onMessage func(Message)) (string, error) {
	c.mutex.Lock()
	c.last++
	id := strconv.Itoa(c.last)
	c.handlers[id] = onMessage
	c.mutex.Unlock()
	if queue != "" {
		subject += " " + queue
	}
	return id, c.send("SUB " + subject + " " + id + "\r\n")
}

func (c *Conn) unsubscribe(id string) {
	c.mutex.Lock()
	delete(c.handlers, id)
	c.mutex.Unlock()
	_ = c.send("UNSUB " + id + "\r\n")
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

func (c *Conn) read(reader *bufio.Reader) {
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
			if err := c.hand(reader, strings.Fields(line)); err != nil {
				_ = c.end(err)
				return
			}
		}
	}
}

// hand reads one message, MSG <subject> <id> [reply] <size>, and hands it to its subscription.
func (c *Conn) hand(reader *bufio.Reader, head []string) error {
	size, err := strconv.Atoi(head[len(head)-1])
	if err != nil || size < 0 || size > 64<<20 || len(head) < 4 || len(head) > 5 {
		return fmt.Errorf("bad message head %.80q", head)
	}
	body := make([]byte, size+2)
	if _, err := io.ReadFull(reader, body); err != nil {
		return err
	}
	c.mutex.Lock()
	handler := c.handlers[head[2]]
	c.mutex.Unlock()
	if handler == nil {
		return nil
	}
	message := Message{Subject: head[1], Data: body[:size]}
	if len(head) == 5 {
		message.Reply = head[3]
	}
	handler(message)
	return nil
}
