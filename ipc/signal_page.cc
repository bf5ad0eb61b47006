#include "ipc/signal_page.h"

#include "ipc/points.h"

namespace squall::ipc {

struct alignas(64) SignalPage::Page {
  std::uint64_t mark;                   ///< Mapping's
  std::atomic<std::uint64_t> receiver;  ///< process << 32 | first signal; 0: none yet
};

namespace {

constexpr std::uint64_t mark = 0x7371'756c'6c00'0100;
constexpr std::size_t page_bytes = 4096;

}  // namespace

SignalPage::SignalPage(Mapping mapping)
    : mapping_(std::move(mapping)), liveness_(mapping_.data() + sizeof(Page)) {}

SignalPage::Page& SignalPage::page() const { return *reinterpret_cast<Page*>(mapping_.data()); }

Result<std::unique_ptr<SignalPage>> SignalPage::create(const ChannelOptions& options) {
  auto mapping = Mapping::create(Backing::shared_memory, options, page_bytes);
  if (!mapping) return tl::unexpected(mapping.error());
  SQUALL_POINT("ipc/signal-queue/create");
  if (auto made = Liveness::initialise(mapping->data() + sizeof(Page), 1); !made) {
    remove(options);
    return tl::unexpected(made.error());
  }
  mapping->publish(mark);
  return std::unique_ptr<SignalPage>(new SignalPage(std::move(*mapping)));
}

Result<std::unique_ptr<SignalPage>> SignalPage::attach(const ChannelOptions& options) {
  return Mapping::attach(Backing::shared_memory, options, mark).map([](Mapping mapping) {
    return std::unique_ptr<SignalPage>(new SignalPage(std::move(mapping)));
  });
}

void SignalPage::remove(const ChannelOptions& options) { Mapping::remove(Backing::shared_memory, options); }

void SignalPage::publish(SignalAddress address) {
  const auto process = static_cast<std::uint64_t>(address.process);
  page().receiver.store(process << 32 | static_cast<std::uint64_t>(address.first_signal));
}

std::optional<SignalAddress> SignalPage::receiver() const {
  const std::uint64_t address = page().receiver.load();
  if (address == 0) return std::nullopt;
  return SignalAddress{.process = static_cast<pid_t>(address >> 32),
                       .first_signal = static_cast<int>(address & 0xffff'ffff)};
}

}  // namespace squall::ipc
