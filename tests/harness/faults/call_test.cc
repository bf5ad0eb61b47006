// The words by which a rule names calls.
#include "harness/faults/call.h"

#include "tests/catch.h"

#include <set>

using namespace squall::faults;

namespace {

unsigned count(const CallSet& set) {
  unsigned members = 0;
  for (std::size_t i = 0; i < call_count; ++i) members += set.has(static_cast<Call>(i));
  return members;
}

}  // namespace

TEST_CASE("each call has its own name, and is named by it unless a group has that name") {
  std::set<std::string_view> names, groups;
  for (const CallEntry& entry : calls()) {
    CHECK(names.insert(entry.name).second);
    groups.insert(entry.group);
  }
  for (std::size_t i = 0; i < calls().size(); ++i) {
    const CallSet named = calls_named(calls()[i].name);
    if (groups.count(calls()[i].name) == 0) CHECK((count(named) == 1 && named.has(static_cast<Call>(i))));
  }
}

TEST_CASE("a group is all calls of its kind and no other") {
  for (const CallEntry& entry : calls()) {
    const CallSet group = calls_named(entry.group);
    for (std::size_t i = 0; i < calls().size(); ++i)
      CHECK(group.has(static_cast<Call>(i)) == (calls()[i].group == entry.group));
  }
}

TEST_CASE("a blocked call is one that waits, whatever its group") {
  const CallSet blocked = calls_named("blocked");
  for (std::size_t i = 0; i < calls().size(); ++i)
    CHECK(blocked.has(static_cast<Call>(i)) == (calls()[i].waiting == Waiting::waits));
  CHECK(blocked.has(Call::sem_wait));
  CHECK_FALSE(blocked.has(Call::sem_post));
}

TEST_CASE("a word that is no call, and the passage of a point, name none") {
  for (const char* word : {"", "reed", "READ", "point", "waits"}) CHECK(calls_named(word).empty());
  CHECK(name_of(Call::point) == "point");
  CHECK(name_of(Call::mq_timedreceive) == "mq_timedreceive");
}

TEST_CASE("a set has what was added and nothing else") {
  CallSet set;
  CHECK(set.empty());
  for (const Call call : {Call::read, Call::point, Call::epoll_ctl}) set.add(call);
  CHECK(count(set) == 3);
  CHECK(set.has(Call::point));
  CHECK_FALSE(set.has(Call::readv));
}
