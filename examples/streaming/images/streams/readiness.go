package main

import "sync"

// readiness says why nothing is read, or nil.
type readiness struct {
	mutex sync.Mutex
	why   error
}

func (r *readiness) get() error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.why
}

func (r *readiness) set(why error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.why = why
}
