// One function a checker; each is defined in the file of the property's name. The table in checker.cc is the
// index.
#pragma once

#include "checkers/checker.h"

namespace squall::checkers {

using Unknown = std::vector<std::string>;

std::vector<Violation> check_no_hang(const history::Evidence&, Unknown&);
std::vector<Violation> check_clean_exit(const history::Evidence&, Unknown&);
std::vector<Violation> check_no_leaks(const history::Evidence&, Unknown&);
std::vector<Violation> check_faults_fired(const history::Evidence&, Unknown&);
std::vector<Violation> check_exactly_once(const history::Evidence&, Unknown&);
std::vector<Violation> check_at_most_once(const history::Evidence&, Unknown&);
std::vector<Violation> check_intact(const history::Evidence&, Unknown&);
std::vector<Violation> check_boundaries(const history::Evidence&, Unknown&);
std::vector<Violation> check_fifo_per_producer(const history::Evidence&, Unknown&);
std::vector<Violation> check_fifo(const history::Evidence&, Unknown&);
std::vector<Violation> check_priority_order(const history::Evidence&, Unknown&);
std::vector<Violation> check_type_order(const history::Evidence&, Unknown&);
std::vector<Violation> check_back_pressure(const history::Evidence&, Unknown&);
std::vector<Violation> check_no_torn_reads(const history::Evidence&, Unknown&);
std::vector<Violation> check_linearizable_register(const history::Evidence&, Unknown&);
std::vector<Violation> check_counted(const history::Evidence&, Unknown&);
std::vector<Violation> check_mutual_exclusion(const history::Evidence&, Unknown&);
std::vector<Violation> check_owner_death(const history::Evidence&, Unknown&);
std::vector<Violation> check_signals_accounted(const history::Evidence&, Unknown&);
std::vector<Violation> check_async_signal_safe(const history::Evidence&, Unknown&);
std::vector<Violation> check_durable(const history::Evidence&, Unknown&);

}  // namespace squall::checkers
