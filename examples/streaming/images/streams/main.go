// What the example's entities run. `topic create <name> <how long events are kept>`, `topic delete <name>` and `reader forget <topic> <reader>` are jobs, `replay` is a batch job,
// `process` and `export` go on until they are ended.
package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"streaming.example/images/nats"
	"streaming.example/images/serving"
)

// version is set by the linker.
var version = "dev"

const timeout = 2 * time.Second

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil)).With("version", version)
	switch command := strings.Join(os.Args[1:min(len(os.Args), 3)], " "); {
	case command == "topic create" && len(os.Args) == 5:
		keep, err := time.ParseDuration(os.Args[4])
		if err != nil {
			log.Error("that is no time to keep events for", "given", os.Args[4])
			os.Exit(2)
		}
		topic := nats.Topic{Name: os.Args[3], Subject: "events." + os.Args[3], Keep: keep}
		once(log, command, func(conn *nats.Conn) error { return conn.CreateTopic(topic, timeout) })
	case command == "topic delete" && len(os.Args) == 4:
		once(log, command, func(conn *nats.Conn) error { return conn.DeleteTopic(os.Args[3], timeout) })
	case command == "reader forget" && len(os.Args) == 5:
		once(log, command, func(conn *nats.Conn) error { return conn.ForgetReader(os.Args[3], os.Args[4], timeout) })
	case command == "replay":
		once(log, command, func(conn *nats.Conn) error { return replay(conn, log) })
	case command == "process":
		forever(log, newProcessor(log))
	case len(os.Args) > 1 && os.Args[1] == "export":
		forever(log, newExporter(os.Args[2:], log))
	default:
		log.Error("unknown command", "arguments", os.Args[1:])
		os.Exit(2)
	}
}

// once tries until the broker has done it, or the Job's time is over.
func once(log *slog.Logger, what string, work func(*nats.Conn) error) {
	deadline := time.Now().Add(45 * time.Second)
	for {
		err := withBroker(work)
		if err == nil {
			log.Info("done", "what", what)
			return
		}
		log.Warn("not done yet", "what", what, "error", err.Error())
		if time.Now().After(deadline) {
			os.Exit(1)
		}
		time.Sleep(500 * time.Millisecond)
	}
}

func withBroker(work func(*nats.Conn) error) error {
	conn, err := nats.Dial(os.Getenv("BROKER_ADDRESS"), "streams "+version, timeout)
	if err != nil {
		return err
	}
	defer conn.Close()
	return work(conn)
}

// reader reads a topic for as long as a connection lasts.
type reader interface {
	read(*nats.Conn) error
}

// forever reads, again after every lost connection; it is ready while it does.
func forever(log *slog.Logger, work reader) {
	state := &readiness{why: fmt.Errorf("the broker is not connected")}
	go func() {
		for {
			err := withBroker(func(conn *nats.Conn) error {
				if err := work.read(conn); err != nil {
					return err
				}
				state.set(nil)
				<-conn.Done()
				return fmt.Errorf("the connection has ended")
			})
			state.set(err)
			log.Warn("not reading", "error", err.Error())
			time.Sleep(500 * time.Millisecond)
		}
	}()
	routes := http.NewServeMux()
	serving.Probes(routes, state.get)
	serving.Serve(routes, log)
}
