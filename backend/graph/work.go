package graph

import (
	"encoding/asn1"
	"errors"
)

// How much work a file may ask for. A password is made into a key by repeating
// something as often as the file says, which for somebody else's file could be years.
const (
	maxIterations = 2_000_000 // real files have up to some hundred thousand
	maxScrypt     = 1 << 20   // blocks of 128 octets
	maxParallel   = 16
	maxNesting    = 30
)

var errWork = errors.New("graph: opening it would take too long")

// checkWork fails for a file in DER that asks for too much work. Salt and number of
// iterations stand beside each other wherever there are any: MacData (RFC 7292 §4),
// pkcs-12PbeParams (§C), PBKDF2-params (RFC 8018 §A.2) and scrypt-params (RFC 7914 §7).
func checkWork(der []byte, depth int) error {
	salted := false
	var numbers []int64
	for len(der) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil || depth > maxNesting {
			return nil // whoever reads it finds out
		}
		der = rest
		switch {
		case v.IsCompound, v.Class == asn1.ClassUniversal && v.Tag == asn1.TagOctetString:
			if err := checkWork(v.Bytes, depth+1); err != nil {
				return err
			}
		case salted && v.Class == asn1.ClassUniversal && v.Tag == asn1.TagInteger:
			var n int64
			if _, err := asn1.Unmarshal(v.FullBytes, &n); err != nil || n > maxIterations {
				return errWork
			}
			numbers = append(numbers, n)
		}
		salted = salted || v.Class == asn1.ClassUniversal && v.Tag == asn1.TagOctetString
	}
	if len(numbers) >= 3 && (numbers[1] > maxScrypt || numbers[0]*numbers[1] > maxScrypt || numbers[2] > maxParallel) {
		return errWork
	}
	return nil
}
