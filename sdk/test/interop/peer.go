// Verifies what it is given with the official libraries and answers with what they sign.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
	svix "github.com/svix/svix-webhooks/go"
)

type message struct {
	Secret  string            `json:"secret"`
	Payload string            `json:"payload"`
	Headers map[string]string `json:"headers"`
}

type library interface {
	Verify(payload []byte, headers http.Header) error
	Sign(id string, timestamp time.Time, payload []byte) (string, error)
}

func main() {
	var given, answers []message
	must(json.NewDecoder(os.Stdin).Decode(&given))
	for _, one := range given {
		first, err := standard.NewWebhook(one.Secret)
		must(err)
		second, err := svix.NewWebhook(one.Secret)
		must(err)
		for _, each := range []library{first, second} {
			headers := http.Header{}
			for name, value := range one.Headers {
				headers.Set(name, value)
			}
			must(each.Verify([]byte(one.Payload), headers))
			if each.Verify([]byte(one.Payload+" "), headers) == nil {
				log.Fatal("a changed body was taken")
			}
			id, now := one.Headers["webhook-id"], time.Now()
			signature, err := each.Sign(id, now, []byte(one.Payload))
			must(err)
			own := map[string]string{
				"webhook-id":        id,
				"webhook-timestamp": strconv.FormatInt(now.Unix(), 10),
				"webhook-signature": signature,
			}
			answers = append(answers, message{one.Secret, one.Payload, own})
		}
	}
	must(json.NewEncoder(os.Stdout).Encode(answers))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
