package main

import "context"

// contextCancelTree makes n times a chain of 100 contexts, each below the one
// before; the first one is cancelled, and with it all.
func contextCancelTree(n int) int {
	const depth = 100
	canceled := 0
	for i := 0; i < n; i++ {
		root, cancel := context.WithCancel(context.Background())
		ctx := root
		for d := 1; d < depth; d++ {
			ctx, _ = context.WithCancel(ctx)
		}
		cancel()
		if ctx.Err() != nil {
			canceled++
		}
	}
	return canceled
}
