"""Addresses of accounts/, from the root. Those of allauth (sign-in, password, second factor) are under
/accounts/."""

from django.urls import URLPattern, path

from accounts.views import channels, invitation, mastodon, notices, team

urlpatterns: list[URLPattern] = [
    path("invite/<str:token>/", invitation.invitation, name="invitation"),
    path("channels/mastodon/callback/", mastodon.callback, name="mastodon-callback"),
    path("t/<slug:team>/team/", team.team, name="team"),
    path("t/<slug:team>/team/invite/", team.invite, name="team-invite"),
    path("t/<slug:team>/team/settings/", team.settings_, name="team-settings"),
    path("t/<slug:team>/team/invitations/<int:pk>/revoke/", team.revoke, name="invitation-revoke"),
    path("t/<slug:team>/team/members/<int:pk>/", team.member, name="member"),
    path("t/<slug:team>/team/members/<int:pk>/end/", team.member_end, name="member-end"),
    path("t/<slug:team>/channels/", channels.channel_list, name="channels"),
    path("t/<slug:team>/channels/mastodon/", mastodon.leave, name="mastodon-leave"),
    path("t/<slug:team>/channels/connect/<slug:platform>/", channels.connect, name="channel-connect"),
    path("t/<slug:team>/channels/<int:pk>/reconnect/", channels.reconnect, name="channel-reconnect"),
    path("t/<slug:team>/channels/<int:pk>/disconnect/", channels.disconnect, name="channel-disconnect"),
    path("t/<slug:team>/channels/<int:pk>/check/", channels.check, name="channel-check"),
    path("t/<slug:team>/notices/", notices.notices, name="notices"),
    path("t/<slug:team>/notices/read/", notices.read_all, name="notices-read"),
    path("t/<slug:team>/notices/<int:pk>/", notices.notice, name="notice"),
]
