"""An RTSP camera: H.264 over RTP from gst-rtsp-server. Prints "READY <port>" on standard output and serves /stream until it is killed."""

import argparse

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--size", default="320x240")
parser.add_argument("--fps", type=int, default=25)
parser.add_argument("--color", default="0xff2060c0", help="ARGB of the picture")
parser.add_argument("--aspect", default="1/1", help="width of a pixel to its height")
parser.add_argument("--bframes", type=int, default=0, help="pictures that refer to later ones")
parser.add_argument("--later", help="the size after two seconds")
parser.add_argument("--user", help="user:password, asked for by Basic and Digest")
args = parser.parse_args()

Gst.init(None)
width, height = args.size.split("x")
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")
factory = GstRtspServer.RTSPMediaFactory()
factory.set_shared(True)
factory.set_launch(
    f"( videotestsrc is-live=true pattern=solid-color foreground-color={int(args.color, 16)} "
    f"! capsfilter name=size caps=video/x-raw,width={width},height={height},framerate={args.fps}/1,pixel-aspect-ratio={args.aspect} "
    f"! x264enc {f'bframes={args.bframes}' if args.bframes else 'tune=zerolatency'} speed-preset=ultrafast key-int-max=10 "
    "! h264parse ! rtph264pay name=pay0 config-interval=1 )"
)
if args.later:

    def resize(media):
        w, h = args.later.split("x")
        caps = f"video/x-raw,width={w},height={h},framerate={args.fps}/1,pixel-aspect-ratio={args.aspect}"
        media.get_element().get_by_name("size").set_property("caps", Gst.Caps.from_string(caps))
        return False

    factory.connect("media-configure", lambda _, media: GLib.timeout_add(2000, resize, media))
if args.user:
    user, password = args.user.split(":", 1)
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(2)  # GST_RTSP_AUTH_DIGEST
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_role("user")
    permissions.add_permission_for_role("user", "media.factory.access", True)
    permissions.add_permission_for_role("user", "media.factory.construct", True)
    factory.set_permissions(permissions)
server.get_mount_points().add_factory("/stream", factory)
server.attach(None)
print("READY", server.get_bound_port(), flush=True)
GLib.MainLoop().run()
