"""Addresses of gate/, under /t/<team>/."""

from django.urls import path

from gate.views import blobs, evidence, policy, policy_edit, policy_readers, queue, report, review

urlpatterns = [
    path("review/", queue.queue, name="review-queue"),
    path("review/<int:pk>/", review.review, name="review"),
    path("review/<int:pk>/progress/", review.progress, name="review-progress"),
    path("review/<int:pk>/next/", review.following, name="review-next"),
    path("review/<int:pk>/approve/", review.approve, name="review-approve"),
    path("review/<int:pk>/changes/", review.changes, name="review-changes"),
    path("review/<int:pk>/reject/", review.reject, name="review-reject"),
    path("review/<int:pk>/revoke/", review.revoke, name="review-revoke"),
    path("review/<int:pk>/claim/", review.claim, name="review-claim"),
    path("review/<int:pk>/release/", review.release, name="review-release"),
    path("review/<int:pk>/recheck/", review.recheck, name="review-recheck"),
    path("review/<int:pk>/comment/", review.comment, name="review-comment"),
    path("review/findings/<int:pk>/override/", review.override, name="finding-override"),
    path("review/findings/<int:pk>/not-helpful/", report.mark_finding, name="finding-not-helpful"),
    path("report/", report.gate_report, name="gate-report"),
    path("report/<slug:table>.csv", report.report_csv, name="gate-report-csv"),
    path("policy/", policy.policy_page, name="policy"),
    path("policy/acknowledge/", policy.acknowledge, name="policy-acknowledge"),
    path("policy/edit/", policy_edit.edit, name="policy-edit"),
    path("policy/versions/<int:number>/", policy.version, name="policy-version"),
    path("policy/versions/<int:number>/readers/", policy_readers.readers, name="policy-readers"),
    path("policy/versions/<int:number>/readers/csv/", policy_readers.readers_csv, name="policy-readers-csv"),
    path("policy/versions/<int:number>/remind/", policy_readers.remind, name="policy-remind"),
    path("evidence/", evidence.listed, name="evidence"),
    path("evidence/add/", evidence.add, name="evidence-add"),
    path("evidence/<int:pk>/", evidence.piece, name="evidence-piece"),
    path("evidence/<int:pk>/renew/", evidence.renew, name="evidence-renew"),
    path("evidence/<int:pk>/retire/", evidence.retire, name="evidence-retire"),
    path("evidence/<int:pk>/text/", evidence.snapshot, name="evidence-text"),
    path("evidence/<int:pk>/file/", evidence.file, name="evidence-file"),
    path("blob/<slug:sha256>/", blobs.blob, name="blob"),
]
