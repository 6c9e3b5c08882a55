package main

// The 600th prime.
const limit = 4409

// sieve finds the primes up to limit, rounds times over, with one goroutine a
// prime that drops the multiples of it.
func sieve(rounds int) int {
	sum := 0
	for i := 0; i < rounds; i++ {
		sum += sumOfPrimes()
	}
	return sum
}

func sumOfPrimes() int {
	numbers := make(chan int)
	go count(numbers)
	sum := 0
	for {
		prime, ok := <-numbers
		if !ok {
			return sum
		}
		sum += prime
		rest := make(chan int)
		go filter(numbers, rest, prime)
		numbers = rest
	}
}

func count(out chan<- int) {
	for i := 2; i <= limit; i++ {
		out <- i
	}
	close(out)
}

func filter(in <-chan int, out chan<- int, prime int) {
	for n := range in {
		if n%prime != 0 {
			out <- n
		}
	}
	close(out)
}
