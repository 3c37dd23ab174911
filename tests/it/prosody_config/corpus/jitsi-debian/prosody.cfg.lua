-- A Debian host whose Jitsi packages added a file below conf.d.
admins = { }
modules_enabled = { "disco"; "roster"; "saslauth"; "tls"; "ping"; "posix"; }
authentication = "internal_hashed"
log = { info = "/var/log/prosody/prosody.log"; }
certificates = "certs"
component_ports = { 5347 }
Include "conf.d/*.cfg.lua"
