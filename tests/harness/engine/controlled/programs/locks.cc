// Programs that lock, and still go wrong: ports of SCTBench's twostage, account, stack and deadlock01.
#include "tests/harness/engine/controlled/programs/processes.h"

namespace programs {
namespace {

/// Two data, each under a mutex of its own, that belong together.
int twostage(bool fixed, int size) {
  struct Shared {
    Mutex first, second;
    volatile int one = 0, two = 0;
  };
  auto& all = shared<Shared>();
  const auto between = [&] {
    if (fixed) return;
    all.first.unlock();
    all.second.lock();
  };
  const auto end = [&] { (fixed ? all.first : all.second).unlock(); };
  const int readers = readers_among(size);
  for (int i = readers; i < size; ++i)
    start([&] {
      all.first.lock();
      all.one = 1;
      between();
      all.two = all.one + 1;
      end();
      return true;
    });
  for (int i = 0; i < readers; ++i)
    start([&] {
      all.first.lock();
      const int one = all.one;
      if (one == 0) return all.first.unlock(), true;
      between();
      const int two = all.two;
      end();
      return two == one + 1;
    });
  return all_succeed() ? 0 : 1;
}

/// Read under the lock, written under the lock, and not in between.
int account(bool fixed, int) {
  struct Shared {
    Mutex mutex;
    volatile int balance = 10;
  };
  auto& bank = shared<Shared>();
  const auto change = [&](int by) {
    bank.mutex.lock();
    const int balance = bank.balance;
    if (!fixed) bank.mutex.unlock();
    if (!fixed) bank.mutex.lock();
    bank.balance = balance + by;
    bank.mutex.unlock();
    return true;
  };
  start([&] { return change(5); });
  start([&] { return change(-3); });
  return all_succeed() && bank.balance == 12 ? 0 : 1;
}

void make_shared(pthread_cond_t& condition) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_cond_init(&condition, &attributes);
}

/// The height is raised before the item is there.
int stack(bool fixed, int) {
  struct Shared {
    Mutex mutex;
    volatile int height = 0;
    volatile int items[4] = {};
  };
  auto& all = shared<Shared>();
  start([&] {
    for (int item = 1; item <= 2; ++item) {
      all.mutex.lock();
      const int height = all.height;
      all.height = height + 1;
      if (!fixed) all.mutex.unlock();
      all.items[height] = item;
      if (fixed) all.mutex.unlock();
    }
    return true;
  });
  start([&] {
    bool good = true;
    for (int i = 0; i < 2; ++i) {
      all.mutex.lock();
      if (all.height > 0) good = good && all.items[all.height - 1] != 0;
      all.mutex.unlock();
    }
    return good;
  });
  return all_succeed() ? 0 : 1;
}

int deadlock(bool fixed, int) {
  struct Shared {
    Mutex a, b;
  };
  auto& all = shared<Shared>();
  const auto use = [](Mutex& first, Mutex& second) {
    first.lock();
    second.lock();
    second.unlock();
    first.unlock();
    return true;
  };
  start([&] { return use(all.a, all.b); });
  start([&] { return fixed ? use(all.a, all.b) : use(all.b, all.a); });
  return all_succeed() ? 0 : 1;
}

/// Whoever waits may look before the news and sleep after it.
int lost_wakeup(bool fixed, int) {
  struct Shared {
    Mutex mutex;
    pthread_cond_t news;
    volatile bool ready = false;
  };
  auto& all = shared<Shared>();
  make_shared(all.news);
  start([&] {
    if (fixed) all.mutex.lock();
    while (!all.ready) {
      if (!fixed) all.mutex.lock();
      pthread_cond_wait(&all.news, all.mutex.get());
      if (!fixed) all.mutex.unlock();
    }
    if (fixed) all.mutex.unlock();
    return true;
  });
  all.mutex.lock();
  all.ready = true;
  pthread_cond_signal(&all.news);
  all.mutex.unlock();
  return all_succeed() ? 0 : 1;
}

/// Tokens are put down and waited for. Who signals after the unlock meets the lost wake-up of glibc 2.25
/// to 2.40 (Sourceware bug 25847): a waiter sleeps though there is a token. The twin signals under the mutex.
int stolen_signal(bool fixed, int) {
  struct Shared {
    Mutex mutex;
    pthread_cond_t put;
    int tokens = 0;
  };
  auto& all = shared<Shared>();
  make_shared(all.put);
  const auto take = [&](int count) {
    for (; count > 0; --count) {
      all.mutex.lock();
      while (all.tokens == 0) pthread_cond_wait(&all.put, all.mutex.get());
      --all.tokens;
      all.mutex.unlock();
    }
    return true;
  };
  const auto put = [&](int count) {
    for (; count > 0; --count) {
      all.mutex.lock();
      ++all.tokens;
      if (fixed) pthread_cond_signal(&all.put);
      all.mutex.unlock();
      if (!fixed) pthread_cond_signal(&all.put);
    }
    return true;
  };
  const std::vector<int> takers = fixed ? std::vector{2, 2} : std::vector{1, 2, 2};
  const std::vector<int> putters = fixed ? std::vector{4} : std::vector{3, 2};
  for (int count : takers) start([&, count] { return take(count); });
  for (int count : putters) start([&, count] { return put(count); });
  return all_succeed() ? 0 : 1;
}

/// Four processes take turns, three rounds: each waits until it is signalled, and signals the next. glibc's
/// mutex and condition variables, and nothing wrong.
int rounds(bool, int) {
  constexpr int members = 4;
  struct Shared {
    Mutex mutex;
    pthread_cond_t turned[members];
    int turn = 0;
  };
  auto& all = shared<Shared>();
  for (pthread_cond_t& one : all.turned) make_shared(one);
  for (int mine = 0; mine < members; ++mine)
    start([&, mine] {
      for (int round = 0; round < 3; ++round) {
        all.mutex.lock();
        while (all.turn % members != mine) pthread_cond_wait(&all.turned[mine], all.mutex.get());
        ++all.turn;
        pthread_cond_signal(&all.turned[all.turn % members]);
        all.mutex.unlock();
      }
      return true;
    });
  return all_succeed() && all.turn == 3 * members ? 0 : 1;
}

}  // namespace

const std::vector<Entry> locks = {
    {"twostage", twostage, 2},        {"twostage_20", twostage, 20}, {"twostage_50", twostage, 50},
    {"twostage_100", twostage, 100},  {"account", account},          {"stack", stack},
    {"deadlock01", deadlock},         {"lost-wakeup", lost_wakeup},  {"rounds", rounds},
    {"stolen-signal", stolen_signal},
};

}  // namespace programs
