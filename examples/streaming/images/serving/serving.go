// Package serving is the HTTP side of a pod: probes, and an end that lets what is under way finish.
package serving

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Probes adds /healthz and /readyz; ready says why it is not, or nil.
func Probes(routes *http.ServeMux, ready func() error) {
	routes.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	routes.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := ready(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
}

// Serve answers until SIGTERM, then lets what is under way come to its end.
func Serve(routes http.Handler, log *slog.Logger) {
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
