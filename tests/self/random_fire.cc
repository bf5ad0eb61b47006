#include "tests/self/random_fire.h"

#include <fmt/format.h>

#include <array>
#include <random>
#include <string_view>

namespace squall::tests {
namespace {

using Words = std::initializer_list<std::string_view>;

class Maker {
 public:
  explicit Maker(std::uint64_t number) : random_(number) {
    for (std::string& handler : handlers_)
      handler = std::string(one_in(2) ? ", restart: true" : "") + (one_in(3) ? ", nodefer: true" : "");
  }

  std::string rules() {
    std::string text;
    for (std::uint64_t left = 1 + below(3); left > 0; --left)
      text += fmt::format("  - {{{}, at: all}}\n", rule());
    return text;
  }

 private:
  std::string rule() {
    switch (below(8)) {
      case 0:
      case 1:
        return storm();
      case 2:
      case 3:
        return fmt::format("interrupt: {}, signal: {}{}", any({"blocked", "read", "write", "wait", "queue"}),
                           signal_and_handler(), probability());
      case 4:
        return fmt::format("short: {}{}", any({"read", "write"}), probability());
      case 5:
      case 6:
        return fmt::format("delay: {}{}", any({"0ms", "1us..50us", "10us..300us", "100us..2ms"}),
                           probability());
      default:
        return fmt::format("storm: STOP, rate: {}", any({"50Hz", "300Hz", "1kHz"}));
    }
  }

  std::string storm() {
    std::string text = fmt::format("storm: {}, rate: {}, burst: {}, threads: {}", signal_and_handler(),
                                   any({"100Hz", "1kHz", "5kHz", "20kHz"}), any({"1", "1", "4", "16"}),
                                   any({"process", "first", "all"}));
    if (one_in(5)) text += fmt::format(", hold: {}", any({"2", "8", "64"}));
    return text;
  }

  std::string signal_and_handler() {
    constexpr std::array<std::string_view, 5> signals{"USR2", "HUP", "WINCH", "URG", "RTMIN+9"};
    static_assert(signals.size() == std::tuple_size_v<decltype(handlers_)>);
    const std::size_t which = below(signals.size());
    return std::string(signals[which]) + handlers_[which];
  }

  std::string probability() {
    return fmt::format(", probability: {}", any({"0.02", "0.1", "0.3", "0.66", "1"}));
  }

  std::string_view any(Words words) { return words.begin()[below(words.size())]; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }
  std::uint64_t below(std::uint64_t count) { return random_() % count; }

  std::mt19937_64 random_;
  std::array<std::string, 5> handlers_;
};

}  // namespace

std::string random_fire(std::uint64_t number) {
  return fmt::format("squall: 1\nfire: plan-{}\nabout: Random.\nfaults:\n{}", number, Maker(number).rules());
}

}  // namespace squall::tests
