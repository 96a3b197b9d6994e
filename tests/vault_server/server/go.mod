module example.invalid/stackguard-vault-test-server

go 1.25.3

require (
	github.com/hashicorp/go-hclog v1.6.3
	github.com/hashicorp/vault v1.21.4
	github.com/hashicorp/vault-plugin-secrets-kv v0.25.0
	github.com/hashicorp/vault/sdk v0.20.0
)

// The released sdk that the server was built with; its own `go.mod` names a later one and replaces it with a directory.
replace github.com/hashicorp/vault/sdk => github.com/hashicorp/vault/sdk v0.20.0
