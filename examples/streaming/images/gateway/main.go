// The gateway of the example product: `serve` takes events over HTTP, `batch` collects them, `check <url>` asks a gateway once.
package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"streaming.example/images/nats"
	"streaming.example/images/serving"
)

// version is set by the linker, one binary per release.
var version = "dev"

func main() {
	command := "serve"
	if len(os.Args) > 1 {
		command = os.Args[1]
	}
	if command == "check" && len(os.Args) == 3 {
		check(os.Args[2])
		return
	}
	var level slog.Level
	_ = level.UnmarshalText([]byte(os.Getenv("LOG_LEVEL")))
	log := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: level})).With("version", version)
	timeout, err := strconv.Atoi(os.Getenv("PUBLISH_TIMEOUT_MS"))
	if err != nil || timeout <= 0 {
		timeout = 2000
	}
	largest, err := strconv.Atoi(os.Getenv("LARGEST_EVENT"))
	if err != nil || largest <= 0 {
		largest = 1 << 20
	}
	broker := &broker{
		address:      os.Getenv("BROKER_ADDRESS"),
		largestEvent: largest,
		timeout:      time.Duration(timeout) * time.Millisecond,
		log:          log,
	}
	routes := http.NewServeMux()
	switch command {
	case "serve":
		server := &gateway{broker: broker, log: log, tokenFile: os.Getenv("TOKEN_FILE"), bucket: os.Getenv("BUCKET"), engines: os.Getenv("ENGINES")}
		server.register(routes)
	case "batch":
		var events atomic.Int64
		broker.subject = "events.>"
		broker.onMessage = func(nats.Message) { events.Add(1) }
		go report(&events, log)
		serving.Probes(routes, broker.ready)
	default:
		log.Error("unknown command", "command", command)
		os.Exit(2)
	}
	go broker.keepConnected()
	serving.Serve(routes, log)
}

func report(events *atomic.Int64, log *slog.Logger) {
	for range time.Tick(10 * time.Second) {
		if n := events.Swap(0); n > 0 {
			log.Info("batch", "events", n)
		}
	}
}

func check(url string) {
	client := &http.Client{Timeout: 5 * time.Second}
	answer, err := client.Get(url)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(answer.Body, 4096))
	fmt.Printf("%d %s\n", answer.StatusCode, body)
	if answer.StatusCode != http.StatusOK {
		os.Exit(1)
	}
}
