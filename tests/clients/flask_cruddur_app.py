"""The routes of Cruddur's week 2 in Flask, for `serve --compat upstream` to be held against.

Not upstream's code but what is known of it: which routes there are, what each answers, in which order it
checks, and its two crashes. What Flask, Werkzeug and flask-cors make of a request is their own doing, and
that is what matters here.

Prints its port when it is ready; ends on SIGTERM.
"""

import logging
import os
import signal
import sys
import uuid
from datetime import datetime, timedelta, timezone

from flask import Flask, request
from flask_cors import CORS, cross_origin
from werkzeug.serving import make_server

app = Flask(__name__)
CORS(
    app,
    resources={r"/api/*": {"origins": [os.getenv("FRONTEND_URL"), os.getenv("BACKEND_URL")]}},
    expose_headers="location,link",
    allow_headers="content-type,if-modified-since",
    methods="OPTIONS,GET,HEAD,POST",
)

ANDREW = "68f126b0-1ceb-4a33-88be-d90fa7109eee"
WORF = "66e12864-8c26-4c3a-9658-95a10f8fea67"
GAREK = "248959df-3079-4947-b847-9e0892d1bab4"
REPLY = "26e12864-1c26-5c3a-9658-97a10f8fea67"
USER = "andrewbrown"
TTL = {
    "30-days": timedelta(days=30),
    "7-days": timedelta(days=7),
    "3-days": timedelta(days=3),
    "1-day": timedelta(days=1),
    "12-hours": timedelta(hours=12),
    "3-hours": timedelta(hours=3),
    "1-hour": timedelta(hours=1),
}


def now():
    return datetime.now(timezone.utc).astimezone()


def said(uuid, handle, message, created_at, **more):
    return {"uuid": uuid, "handle": handle, "message": message, "created_at": created_at.isoformat(), **more}


def written(message, **more):
    at = now()
    return said(uuid.uuid4(), USER, message, at, display_name="Andrew Brown", **more)


def blank(value):
    return value is None or len(value) < 1


def refused(message, most, *checks):
    """Returns the code of the last check that fails; the message is checked last of all."""
    code = None
    for failed, name in checks:
        code = name if failed else code
    if blank(message):
        code = "message_blank"
    elif len(message) > most:
        code = "message_exceed_max_chars"
    return code


def popular(handle, message, reply_handle, reply_message):
    at = now()
    reply = said(
        REPLY,
        reply_handle,
        reply_message,
        at - timedelta(days=2),
        reply_to_activity_uuid=ANDREW,
        likes_count=0,
        replies_count=0,
        reposts_count=0,
    )
    return said(
        ANDREW,
        handle,
        message,
        at - timedelta(days=2),
        expires_at=(at + timedelta(days=5)).isoformat(),
        likes_count=5,
        replies_count=1,
        reposts_count=0,
        replies=[reply],
    )


@app.route("/rollbar/test")
def rollbar_test():
    return "Hello World!"


@app.route("/api/message_groups", methods=["GET"])
def message_groups():
    at = now().isoformat()
    people = [
        ("24b95582-9e7b-4e0a-9ad1-639773ab7552", "Andrew Brown", USER),
        ("417c360e-c4e6-4fce-873b-d2d71469b4ac", "Worf", "worf"),
    ]
    names = ("uuid", "display_name", "handle")
    return [{**dict(zip(names, person)), "created_at": at} for person in people]


@app.route("/api/messages/@<string:handle>", methods=["GET"])
def messages(handle):
    at = now()
    lines = [("4e81c06a-db0f-4281-b4cc-98208537772a", "Cloud is fun!"), (WORF, "This platform is great!")]
    return [said(uuid, USER, line, at, display_name="Andrew Brown") for uuid, line in lines]


@app.route("/api/messages", methods=["POST", "OPTIONS"])
@cross_origin()
def create_message():
    receiver, message = request.json["user_receiver_handle"], request.json["message"]
    code = refused(message, 1024, (blank(receiver), "user_reciever_handle_blank"))
    return ([code], 422) if code else written(message)


@app.route("/api/activities/home", methods=["GET"])
def home():
    at = now()

    def quiet(uuid, handle, message, age, rest):
        expires_at = (at + rest).isoformat()
        return said(uuid, handle, message, at - age, expires_at=expires_at, likes=0, replies=[])

    return [
        popular("Andrew Brown", "Cloud is fun!", "Worf", "This post has no honor!"),
        quiet(WORF, "Worf", "I am out of prune juice", timedelta(days=7), timedelta(days=9)),
        quiet(
            GAREK,
            "Garek",
            "My dear doctor, I am just simple tailor",
            timedelta(hours=1),
            timedelta(hours=12),
        ),
    ]


@app.route("/api/activities/notifications", methods=["GET"])
def notifications():
    return [popular("coco", "I am white unicorn", "worf", "this post has no honor!")]


@app.route("/api/activities/@<string:handle>", methods=["GET"])
def user_feed(handle):
    # Naive, as upstream has it.
    at = datetime.now()
    expires_at = (at + timedelta(days=31)).isoformat()
    return [said(GAREK, "Andrew Brown", "Cloud is fun!", at - timedelta(days=1), expires_at=expires_at)]


@app.route("/api/activities/search", methods=["GET"])
def search():
    if blank(request.args.get("term")):
        return ["search_term_blank"], 422
    return [said(GAREK, "Andrew Brown", "Cloud is fun!", now())]


@app.route("/api/activities", methods=["POST", "OPTIONS"])
@cross_origin()
def create():
    message, ttl = request.json["message"], request.json["ttl"]
    # Compared one by one upstream: what cannot be a key is like nothing too.
    lifetime = TTL.get(ttl) if isinstance(ttl, str) else None
    code = refused(message, 280, (lifetime is None, "ttl_blank"))
    return ([code], 422) if code else written(message, expires_at=(now() + lifetime).isoformat())


@app.route("/api/activities/<string:activity_uuid>", methods=["GET"])
def show(activity_uuid):
    return ShowActivity.run(activity_uuid)  # noqa: F821, the crash of upstream


@app.route("/api/activities/<string:activity_uuid>/reply", methods=["POST", "OPTIONS"])
@cross_origin()
def reply(activity_uuid):
    message = request.json["message"]
    if refused(message, 1024):
        return user_sender_handle  # noqa: F821, the other crash of upstream
    return written(message, reply_to_activity_uuid=activity_uuid)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    app.logger.setLevel(logging.CRITICAL)
    server = make_server("127.0.0.1", 0, app)
    print(server.port, flush=True)
    server.serve_forever()
