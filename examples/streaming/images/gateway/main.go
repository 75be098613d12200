// The gateway of the example product: `serve` takes events over HTTP, `batch` collects them, `check <url>` asks a gateway once.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
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
	broker := &broker{
		address:          os.Getenv("BROKER_ADDRESS"),
		requireJetStream: os.Getenv("REQUIRE_JETSTREAM") == "true",
		timeout:          time.Duration(timeout) * time.Millisecond,
		log:              log,
	}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	switch command {
	case "serve":
		server := &gateway{broker: broker, log: log, tokenFile: os.Getenv("TOKEN_FILE"), bucket: os.Getenv("BUCKET"), engines: os.Getenv("ENGINES")}
		server.register(routes)
	case "batch":
		var events atomic.Int64
		broker.subject = "events.>"
		broker.onMessage = func(string, []byte) { events.Add(1) }
		go report(&events, log)
		routes.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { answerReady(w, broker.ready()) })
	default:
		log.Error("unknown command", "command", command)
		os.Exit(2)
	}
	go broker.keepConnected()
	serve(routes, log)
}

// serve answers until SIGTERM, then lets what is under way come to its end.
func serve(routes http.Handler, log *slog.Logger) {
	address := os.Getenv("LISTEN")
	if address == "" {
		address = ":8080"
	}
	server := &http.Server{Addr: address, Handler: routes, ReadHeaderTimeout: 5 * time.Second}
	ending, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		<-ending.Done()
		log.Info("draining")
		deadline, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = server.Shutdown(deadline)
	}()
	log.Info("listening", "address", address)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Error("cannot listen", "error", err.Error())
		os.Exit(1)
	}
	<-ended
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
