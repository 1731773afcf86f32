# Varnish in front of Onrecord, with purge by tag. What it promises is in docs/deploying.md.
vcl 4.1;

import std;

backend default {
    .host = "127.0.0.1";
    .port = "8000";
}

# Who may purge.
acl purgers {
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        return (synth(700));
    }
    # The address that Onrecord counts by is the client's, whatever he says himself.
    set req.http.X-Forwarded-For = client.ip;
    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    # A request with a credential neither gets what is kept nor leaves anything.
    if (req.http.Authorization || req.http.Cookie || req.url ~ "^/v1/(admin|auth)(/|\?|$)") {
        return (pass);
    }
    return (hash);
}

# PURGE with `Cache-Tag: article:…,feed:all`: everything that bears one of these tags is gone at once.
sub vcl_synth {
    if (resp.status == 700) {
        set resp.http.Content-Type = "text/plain";
        if (client.ip !~ purgers) {
            set resp.status = 403;
            set resp.reason = "Forbidden";
        } else if (req.http.Cache-Tag !~ "^[A-Za-z0-9:_-]+(,[A-Za-z0-9:_-]+)*$") {
            set resp.status = 400;
            set resp.reason = "Name tags in Cache-Tag";
        } else if (std.ban("obj.http.Cache-Tag ~ (^|,)(" + regsuball(req.http.Cache-Tag, ",", "|") + ")(,|$)")) {
            set resp.status = 200;
            set resp.reason = "Purged";
        } else {
            set resp.status = 500;
            set resp.reason = std.ban_error();
        }
        set resp.body = resp.reason + {"
"};
        return (deliver);
    }
}

# How long an answer may be kept, Onrecord says in it: `s-maxage`, then `stale-while-revalidate` as grace. Varnish reads
# both by itself, and its own rules keep nothing that says `no-store`.

sub vcl_deliver {
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    } else {
        set resp.http.X-Cache = "MISS";
    }
}
