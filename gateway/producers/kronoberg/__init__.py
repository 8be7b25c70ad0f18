"""A producer as a region's record system would build it: Region Kronoberg, on a SOAP stack that is not ours.

It runs in a process of its own and shares no message code with the platform, so that what the platform
sends and accepts is also judged by somebody else's parser and serialiser (spyne).
"""

from gateway.producers.kronoberg import compat

compat.install()  # before any module of this package imports spyne
