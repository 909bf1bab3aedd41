"""Addresses of scheduler/. Every one is under /t/<team>/."""

from django.urls import URLPattern, path

from scheduler.views import calendar, compose, images, missed, pause, post, settle

urlpatterns: list[URLPattern] = [
    # Calendar and list
    path("calendar/", calendar.month_week_list, name="calendar"),
    path("posts/", calendar.posts, name="posts"),
    # Compose
    path("compose/", compose.new, name="compose"),
    path("compose/autosave/", compose.autosave, name="autosave"),
    path("compose/preview/", compose.preview, name="preview"),
    path("compose/images/", images.add, name="image-add"),
    path("posts/<int:pk>/edit/", compose.edit, name="edit"),
    path("posts/<int:pk>/images/<int:image>/", images.change, name="image-change"),
    # One post
    path("posts/<int:pk>/", post.page, name="post"),
    path("posts/<int:pk>/submit/", post.submit, name="post-submit"),
    path("posts/<int:pk>/withdraw/", post.withdraw, name="post-withdraw"),
    path("posts/<int:pk>/cancel/", post.cancel, name="post-cancel"),
    path("posts/<int:pk>/retime/", post.retime, name="post-retime"),
    path("posts/<int:pk>/submit-again/", post.submit_again, name="post-submit-again"),
    path("posts/<int:pk>/duplicate/", post.duplicate, name="post-duplicate"),
    # One delivery
    path("deliveries/<int:pk>/", settle.page, name="delivery"),
    path("deliveries/<int:pk>/settle/", settle.answer, name="delivery-settle"),
    # Missed, pause
    path("missed/", missed.page, name="missed"),
    path("missed/move/", missed.move_all, name="missed-move"),
    path("pause/", pause.pause, name="pause"),
    path("resume/", pause.resume, name="resume"),
]
