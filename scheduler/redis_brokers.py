"""The broker of scheduler/brokers.py for tasks on the Redis server that Q_BROKER names."""

from accounts.redis_queue import RedisBroker
from scheduler.brokers import Beating


class BeatingRedis(Beating, RedisBroker):
    """Tasks on the server that Q_BROKER names."""
