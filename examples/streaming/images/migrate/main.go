// Runs before the gateway of a new version: waits for the broker and tells everybody who listens which version comes.
package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	"streaming.example/images/nats"
)

// version is set by the linker, one binary per release.
var version = "dev"

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil)).With("version", version)
	address := os.Getenv("BROKER_ADDRESS")
	deadline := time.Now().Add(45 * time.Second)
	for {
		err := migrate(address)
		if err == nil {
			log.Info("migrated", "broker", address)
			return
		}
		log.Warn("not migrated yet", "broker", address, "error", err.Error())
		if time.Now().After(deadline) {
			os.Exit(1)
		}
		time.Sleep(500 * time.Millisecond)
	}
}

func migrate(address string) error {
	conn, err := nats.Dial(address, "migrate "+version, 2*time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	note, err := json.Marshal(map[string]string{"version": version})
	if err != nil {
		return err
	}
	if err := conn.Publish("streaming.migrations", note); err != nil {
		return fmt.Errorf("the note was not sent: %w", err)
	}
	return conn.Flush(2 * time.Second)
}
