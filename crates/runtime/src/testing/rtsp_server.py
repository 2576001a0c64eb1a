"""A network camera for tests: an RTSP server that plays prepared films, each from its beginning for whoever comes.

usage: rtsp_server.py PORT USER:PASSWORD|- NAME=KIND=FILE...   KIND: h264, h265, mjpeg (films) or sound (no film)
Says "ready PORT" once it listens; PORT 0 takes a free one. Ends when its standard input does.

Needs Debian's python3-gst-1.0, gir1.2-gst-rtsp-server-1.0 and gstreamer1.0-plugins-good.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

FILM = "( filesrc location=%s ! qtdemux ! %s name=pay0 )"
LAUNCH = {
    "h264": lambda file: FILM % (file, "rtph264pay config-interval=-1 pt=96"),
    "h265": lambda file: FILM % (file, "rtph265pay config-interval=-1 pt=96"),
    "mjpeg": lambda file: FILM % (file, "rtpjpegpay pt=26"),
    "sound": lambda _: "( audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay0 )",
}


def locked(server, user, password):
    """Demands an account; returns what its holder may do."""
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    return permissions


def main(port, account, films):
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    permissions = None if account == "-" else locked(server, *account.split(":", 1))
    for film in films:
        name, kind, file = film.split("=", 2)
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(LAUNCH[kind](file))
        if permissions:
            factory.set_permissions(permissions)
        server.get_mount_points().add_factory("/" + name, factory)
    if server.attach(None) == 0:
        sys.exit("port %s is taken" % port)
    loop = GLib.MainLoop()
    GLib.io_add_watch(sys.stdin.fileno(), GLib.IO_HUP, lambda *_: loop.quit())
    print("ready", server.get_bound_port(), flush=True)
    loop.run()


main(sys.argv[1], sys.argv[2], sys.argv[3:])
