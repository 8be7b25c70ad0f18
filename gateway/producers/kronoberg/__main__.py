"""``python -m gateway.producers.kronoberg``."""

from gateway.producers.kronoberg.server import main

raise SystemExit(main())
