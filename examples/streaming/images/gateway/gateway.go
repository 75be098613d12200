package main

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strings"

	"streaming.example/images/serving"
)

type gateway struct {
	broker    *broker
	log       *slog.Logger
	tokenFile string
	bucket    string
	engines   string
}

var subjectGrammar = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (g *gateway) register(routes *http.ServeMux) {
	serving.Probes(routes, func() error {
		if _, err := g.token(); err != nil {
			return err
		}
		return g.broker.ready()
	})
	routes.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("content-type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"version": version, "bucket": g.bucket, "engine": g.engines})
	})
	routes.HandleFunc("POST /publish/{topic}", g.publish)
}

func (g *gateway) publish(w http.ResponseWriter, r *http.Request) {
	token, err := g.token()
	given, bearer := strings.CutPrefix(r.Header.Get("authorization"), "Bearer ")
	if err != nil || !bearer || subtle.ConstantTimeCompare([]byte(given), token) != 1 {
		http.Error(w, "a valid bearer token is needed", http.StatusUnauthorized)
		return
	}
	if !subjectGrammar.MatchString(r.PathValue("topic")) {
		http.Error(w, "a topic has letters, digits, - and _", http.StatusBadRequest)
		return
	}
	event, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(g.broker.largestEvent)))
	if err != nil {
		http.Error(w, fmt.Sprintf("an event has at most %d bytes", g.broker.largestEvent), http.StatusRequestEntityTooLarge)
		return
	}
	if err := g.broker.publish("events."+r.PathValue("topic"), event); err != nil {
		g.log.Warn("an event was not taken", "error", err.Error())
		http.Error(w, "the broker did not take it; send it again", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// token is read anew each time: the customer may rotate the Secret without restarting anything.
func (g *gateway) token() ([]byte, error) {
	token, err := os.ReadFile(g.tokenFile)
	if err != nil {
		return nil, fmt.Errorf("the clients' token is not there: %w", err)
	}
	if token = []byte(strings.TrimSpace(string(token))); len(token) == 0 {
		return nil, errors.New("the clients' token is empty")
	}
	return token, nil
}
