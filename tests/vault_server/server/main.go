// A Vault server for tests: the real core and the real HTTP handler, in memory, unsealed, on loopback. It takes the
// flags of `vault server -dev` and `bao server -dev` that the tests use, so that either can stand in its place; only
// the KV engine and the AppRole method are built in, because everything else is what building takes long.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/builtin/credential/approle"
	"github.com/hashicorp/vault/helper/namespace"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(args []string) error {
	if len(args) == 0 || args[0] != "server" {
		return errors.New("usage: server -dev -dev-root-token-id=ID -dev-listen-address=ADDRESS")
	}
	flags := flag.NewFlagSet("server", flag.ExitOnError)
	_ = flags.Bool("dev", true, "always so")
	_ = flags.Bool("dev-no-store-token", true, "always so")
	root := flags.String("dev-root-token-id", "", "the token that may do everything")
	address := flags.String("dev-listen-address", "127.0.0.1:0", "where to listen")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	core, err := unsealed(*root)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	if ip := listener.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
		return errors.New("only loopback addresses are listened on")
	}
	handler := vaulthttp.Handler.Handler(&vault.HandlerProperties{
		Core:           core,
		ListenerConfig: &configutil.Listener{Type: "tcp"},
	})
	return http.Serve(listener, handler)
}

// unsealed makes a core whose root token is the given one.
func unsealed(root string) (*vault.Core, error) {
	logger := hclog.New(&hclog.LoggerOptions{Level: hclog.Error})
	storage, err := inmem.NewInmem(nil, logger)
	if err != nil {
		return nil, err
	}
	core, err := vault.NewCore(&vault.CoreConfig{
		Physical:           storage,
		DisableMlock:       true,
		Logger:             logger,
		BuiltinRegistry:    builtins{},
		LogicalBackends:    map[string]logical.Factory{"kv": kv.Factory},
		CredentialBackends: map[string]logical.Factory{"approle": approle.Factory},
	})
	if err != nil {
		return nil, err
	}
	ctx := namespace.RootContext(context.Background())
	one := &vault.SealConfig{SecretShares: 1, SecretThreshold: 1}
	made, err := core.Initialize(ctx, &vault.InitParams{BarrierConfig: one, LegacyShamirSeal: true})
	if err != nil {
		return nil, err
	}
	for _, share := range made.SecretShares {
		if _, err := core.Unseal(append([]byte(nil), share...)); err != nil {
			return nil, err
		}
	}
	if core.Sealed() {
		return nil, errors.New("still sealed")
	}
	_, err = core.HandleRequest(ctx, &logical.Request{
		Operation:   logical.UpdateOperation,
		ClientToken: made.RootToken,
		Path:        "auth/token/create",
		Data:        map[string]interface{}{"id": root, "policies": []string{"root"}, "no_parent": true},
	})
	return core, err
}

// builtins is an empty list of plugins: all there is was given to the core directly.
type builtins struct{}

func (builtins) Contains(string, consts.PluginType) bool { return false }
func (builtins) Get(string, consts.PluginType) (func() (interface{}, error), bool) {
	return nil, false
}
func (builtins) IsBuiltinEntPlugin(string, consts.PluginType) bool { return false }
func (builtins) Keys(consts.PluginType) []string                   { return nil }
func (builtins) DeprecationStatus(string, consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, false
}
